"""How a plan's steps stand in a workflow."""

from __future__ import annotations

from mlc_containers.layout import FINISH, PREPARE, Node
from mlc_containers.layout import arrange as arrange_steps
from mlc_containers.names import short_names
from mlc_runtime.plan import Plan

MAIN, EXIT, TILE = "mlc-run", "mlc-exit", "mlc-tile"
"""Templates of ours, beside `PREPARE` and `FINISH`."""


def arrange(plan: Plan) -> tuple[Node, ...]:
    """The scheduled steps of a plan, in its order, by the names of their templates."""
    return arrange_steps(plan, lambda steps: short_names(steps, (PREPARE, FINISH, MAIN, EXIT, TILE)))
