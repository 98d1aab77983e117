"""Which lines of the state machine come from which entry of the spec."""

from __future__ import annotations

import json

from mlc_compiler.target import Lines
from mlc_containers.layout import arrange
from mlc_runtime.plan import Plan

_ROW = '{"step": '


def trace(plan: Plan, definition: bytes) -> list[Lines]:
    """The line of each step's row, in order.

    Args:
        plan: the plan.
        definition: the definition of the state machine that it was compiled to.
    """
    origins = {node.name: node.origin for node in arrange(plan)}
    found = []
    for number, line in enumerate(definition.decode().splitlines(), 1):
        for row in line.split(_ROW)[1:]:
            step, _ = json.JSONDecoder().raw_decode(row)
            if step in origins:
                found.append(Lines(number, number, origins[step]))
    return found
