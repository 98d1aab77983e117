"""What an environment or a spec asks for and Argo, as set up, would not do: one kind of thing a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from mlc_argo.checks.ask import Ask
from mlc_argo.checks.containers import check_containers
from mlc_argo.checks.kept import check_kept
from mlc_argo.checks.pools import check_pools
from mlc_argo.checks.secrets import check_secrets
from mlc_argo.checks.serving import check_serving
from mlc_argo.checks.store import check_store
from mlc_argo.checks.text import check_text
from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_containers.checks.image import check_image
from mlc_containers.checks.schedules import check_schedules
from mlc_containers.checks.volumes import check_volumes
from mlc_containers.checks.writes import check_writes

Check = Callable[[Ask], Iterator[Diagnostic]]

_TAKEN = ("/mlc/plan", "/mlc/scratch", "/mlc/exchange", "/mlc/in", "/mlc/out", "/var/run/argo", "/run/argo")
"""Folders of ours and of Argo's."""
_LONGEST = 56
"""Characters of a volume's name, before which stands what tells it from ours."""

CHECKS: tuple[Check, ...] = (
    check_image,
    check_store,
    partial(check_writes, volume="claim: CLAIM"),
    check_secrets,
    check_pools,
    check_text,
    check_containers,
    check_schedules,
    check_serving,
    partial(check_volumes, taken=_TAKEN, longest=_LONGEST),
    check_kept,
)
"""The checks in order."""
