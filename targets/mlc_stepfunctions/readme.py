"""A word to who finds the folder."""

from __future__ import annotations

from collections.abc import Sequence

from mlc_containers.image import fill_text
from mlc_stepfunctions.serving import Server
from mlc_stepfunctions.state_machines import StateMachine


def readme(machine: StateMachine, servers: Sequence[Server]) -> bytes:
    """The README beside the template, of the state machine of the whole."""
    bucket = machine.site.bucket
    copies = "".join(f"aws s3 cp --recursive {one.folder} s3://{bucket}/{one.prefix} && " for one in servers)
    holes = {
        "pipeline": machine.plan.name,
        "stack": machine.name,
        "extras": "run,s3,serve" if servers else "run,s3",
        "copies": copies,
        "folder": machine.address(""),
    }
    return fill_text(__package__, "README.md", holes)
