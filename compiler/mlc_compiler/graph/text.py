"""The graph's printed form: one line an axis, one line a step; it parses back to the same graph.

    axis churn.grid = {"fields":["C"],"values":[{"C":0.1},{"C":1.0}]}
    churn.fit [churn.grid] = train {"arguments":{"C":{"$field":"C"}}} (train=churn.split.train) -> model:model # {...}

Marks after the outputs: `!effect`, `!impure`, `!root`; after `#`, as JSON, what else is set.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import Any

from mlc_compiler.graph.axis import Axis, Found, Project
from mlc_compiler.graph.graph import Graph, axes_of, reach
from mlc_compiler.graph.step import Edge, Policy, Step
from mlc_runtime.plan import where_from_json, where_to_json
from mlc_runtime.relation import Relation
from mlc_runtime.relation_json import relation_from_json, relation_to_json

_DEFAULT = asdict(Policy())
_TILES = {"max": 1}
_STEP = re.compile(r"(?P<name>\S+) \[(?P<axes>[^\]]*)\] = (?P<op>\S+) (?P<rest>.*)")
_FLAGS = ("effect", "impure", "root")


def dump(graph: Graph) -> str:
    """Print a graph. Axes stand before their first user."""
    lines: list[str] = []
    printed: set[str] = set()
    for step in graph.steps:
        for axis in reversed(list(reach(graph, axes_of(step)))):
            if axis.name not in printed:
                printed.add(axis.name)
                lines.append(_axis(axis))
        lines.append(_step(step))
    return "\n".join(lines) + "\n"


def parse(text: str) -> Graph:
    """Read a printed graph.

    Raises:
        ValueError: where a line is not of the form that `dump` prints.
    """
    axes: list[Axis] = []
    steps: list[Step] = []
    for line in text.split("\n"):  # a string may hold what `splitlines` takes for the end of a line
        if line.startswith("axis "):
            name, _, rest = line[5:].partition(" = ")
            name, _, given = name.partition(" given ")
            axes.append(Axis(name, _parse_values(json.loads(rest)), tuple(given.split(", ")) if given else ()))
        elif line:
            steps.append(_parse_step(line))
    return Graph(tuple(steps), tuple(axes))


def _axis(axis: Axis) -> str:
    given = f" given {', '.join(axis.given)}" if axis.given else ""
    match axis.values:
        case Found(step, port, fields, within, at_most):
            values = {"found": [step, port], "fields": list(fields), "within": within, "at_most": at_most}
        case Project(base, fields):
            values = {"project": base, "fields": list(fields)}
        case relation:
            values = relation_to_json(relation)
    return f"axis {axis.name}{given} = {_json(values)}"


def _parse_values(values: dict[str, Any]) -> Relation | Found | Project:
    match values:
        case {"found": [step, port], "fields": fields, "within": within, "at_most": at_most}:
            return Found(step, port, tuple(fields), within, at_most)
        case {"project": base, "fields": fields}:
            return Project(base, tuple(fields))
    return relation_from_json(values)


def _step(step: Step) -> str:
    inputs = "; ".join(_edge(edge) for edge in step.inputs)
    outputs = ", ".join(f"{port}:{kind}" for port, kind in step.outputs.items())
    line = f"{step.name} [{', '.join(step.axes)}] = {step.op} {_json(step.params)} ({inputs}) -> {outputs}"
    flags = (step.effect, not step.pure, step.root)
    line += "".join(f" !{flag}" for flag, on in zip(_FLAGS, flags, strict=True) if on)
    policy = {key: value for key, value in asdict(step.policy).items() if value != _DEFAULT[key]}
    extra = {
        "code": list(step.code),
        "distributions": list(step.distributions),
        "policy": policy,
        "want": None if step.want is None else list(step.want),
        "where": None if step.where is None else where_to_json(step.where),
        "members": list(step.members),
        "tiles": {} if step.tiles == _TILES else dict(step.tiles),
        "origin": [list(path) for path in step.origin],
        "also": list(step.also),
    }
    return (
        line + " # " + _json({key: value for key, value in extra.items() if value or (key == "want" and value == [])})
    )


def _edge(edge: Edge) -> str:
    text = f"{edge.port}={edge.step}.{edge.out}"
    if edge.over:
        text += f" over {', '.join(edge.over)}"
    if edge.at:
        text += f" at {', '.join(f'{theirs}:{mine}' for theirs, mine in edge.at)}"
    if edge.tolerate:
        text += f" tolerate {edge.tolerate!r}"
    return text + (" missing" if edge.missing else "")


def _parse_step(line: str) -> Step:
    head = _STEP.fullmatch(line)
    if head is None:
        raise ValueError(f"not a step: {line!r}")
    decoder = json.JSONDecoder()
    params, end = decoder.raw_decode(head["rest"])
    rest = head["rest"][end:]
    inputs, _, rest = rest.removeprefix(" (").partition(") -> ")
    outputs, _, extra_text = rest.partition(" # ")
    outputs, *flags = outputs.split(" !")
    extra: dict[str, Any] = json.loads(extra_text)
    ports = dict(item.split(":", 1) for item in outputs.split(", ")) if outputs else {}
    return Step(
        name=head["name"],
        op=head["op"],
        params=params,
        inputs=tuple(_parse_edge(item) for item in inputs.split("; ")) if inputs else (),
        outputs=ports,
        axes=tuple(head["axes"].split(", ")) if head["axes"] else (),
        code=tuple(extra.get("code", ())),
        distributions=tuple(extra.get("distributions", ())),
        policy=Policy(**extra.get("policy", {})),
        effect="effect" in flags,
        pure="impure" not in flags,
        root="root" in flags,
        want=tuple(extra["want"]) if "want" in extra else None,
        where=where_from_json(extra.get("where")),
        members=tuple(extra.get("members", ())),
        tiles=extra.get("tiles", _TILES),
        origin=tuple(tuple(path) for path in extra.get("origin", ())),
        also=tuple(extra.get("also", ())),
    )


def _parse_edge(text: str) -> Edge:
    missing = text.endswith(" missing")
    text = text.removesuffix(" missing")
    text, _, tolerate = text.partition(" tolerate ")
    text, _, at = text.partition(" at ")
    text, _, over = text.partition(" over ")
    port, _, source = text.partition("=")
    step, _, out = source.rpartition(".")
    return Edge(
        port=port,
        step=step,
        out=out,
        over=tuple(over.split(", ")) if over else (),
        at=tuple((theirs, mine) for theirs, _, mine in (pair.partition(":") for pair in at.split(", "))) if at else (),
        tolerate=float(tolerate) if tolerate else 0.0,
        missing=missing,
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
