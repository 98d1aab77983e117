"""The part of each step's keys that compiling knows, with holes: what a pass must carry along unchanged."""

from __future__ import annotations

from collections.abc import Mapping

from mlc_compiler.graph.graph import Graph, fields
from mlc_runtime.keys import digest


def static_keys(graph: Graph) -> Mapping[str, str]:
    """A key for each step, by name, from its operation, code, parameters and the keys of its inputs.

    The name of a step and the fields of its axes are in it only where it has an effect or is not pure; of axes
    collected over, the fields are.
    """
    keys: dict[str, str] = {}
    for step in graph.steps:
        inputs = [
            [e.port, e.out, keys[e.step], sorted(fields(graph, e.over)), sorted(map(list, e.at)), e.tolerate, e.missing]
            for e in step.inputs
        ]
        params = {name: value for name, value in step.params.items() if name != "locate"}
        identity = [] if step.pure and not step.effect else [step.name, sorted(fields(graph, step.axes))]
        what = [step.op, sorted(step.code), sorted(step.distributions), params]
        keys[step.name] = digest([*what, sorted(inputs), identity])
    return keys
