"""How a plan's steps stand in a workflow."""

from __future__ import annotations

from mlc_containers.layout import FINISH, PREPARE, Node
from mlc_containers.layout import arrange as arrange_steps
from mlc_containers.names import short_names
from mlc_runtime.plan import Plan

MAIN, EXIT, TILE, PENDING = "mlc-run", "mlc-exit", "mlc-tile", "mlc-pending"
"""Templates of ours, beside `PREPARE` and `FINISH`."""
ASK, LEFT, RUN = "ask", "left", "run"
"""Tasks that a step has before its own: a person is asked; what is left to do is found; its containers run."""
_PARTS = {"approve": (ASK,), "container": (LEFT, RUN)}
_OURS = (PREPARE, FINISH, MAIN, EXIT, TILE, PENDING)


def arrange(plan: Plan) -> tuple[Node, ...]:
    """The scheduled steps of a plan, in its order, by the names of their templates."""
    return arrange_steps(plan, lambda names: short_names(names, _OURS), lambda step: _PARTS.get(step.op, ()))
