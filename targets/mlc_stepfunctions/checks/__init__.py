"""What an environment or a spec asks for and AWS, as set up, would not do: one kind of thing a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_containers.checks.image import check_image
from mlc_containers.checks.schedules import check_schedules
from mlc_containers.checks.steps import check_steps
from mlc_containers.checks.volumes import check_volumes
from mlc_containers.checks.writes import check_writes
from mlc_stepfunctions.checks.ask import Ask
from mlc_stepfunctions.checks.demands import check_demands
from mlc_stepfunctions.checks.queues import check_queues
from mlc_stepfunctions.checks.schedule import check_schedule
from mlc_stepfunctions.checks.secrets import check_secrets
from mlc_stepfunctions.checks.serving import check_serving
from mlc_stepfunctions.checks.store import check_store

Check = Callable[[Ask], Iterator[Diagnostic]]

_LONGEST = 255
"""Characters of a volume's name: AWS Batch API Reference, Volume."""

CHECKS: tuple[Check, ...] = (
    check_image,
    check_store,
    check_secrets,
    check_queues,
    check_demands,
    partial(check_volumes, taken=(), longest=_LONGEST),
    partial(check_writes, volume="file_system: FS, access_point: FSAP"),
    check_schedule,
    check_schedules,
    check_steps,
    check_serving,
)
"""The checks in order."""
