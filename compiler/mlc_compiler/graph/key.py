"""The part of each step's keys that compiling knows, with holes: what a pass must carry along unchanged."""

from __future__ import annotations

from collections.abc import Mapping

from mlc_compiler.graph.graph import Graph, fields
from mlc_runtime.keys import digest


def static_keys(graph: Graph) -> Mapping[str, str]:
    """A key for each step, by name, from its operation, code, parameters and the keys of its inputs.

    Names of steps and axes are in it only for steps with an effect or without purity; of an axis collected over,
    the fields are.
    """
    keys: dict[str, str] = {}
    for step in graph.steps:
        inputs = [
            [edge.port, edge.out, keys.get(edge.step, edge.step), sorted(fields(graph, edge.over)), edge.missing]
            for edge in step.inputs
        ]
        params = {name: value for name, value in step.params.items() if name != "locate"}
        identity = [] if step.pure and not step.effect else [step.name, list(step.axes)]
        keys[step.name] = digest([step.op, list(step.code), params, sorted(inputs), identity])
    return keys
