"""The graph's printed form: one line an axis, one line a step; it parses back to the same graph.

    axis grid = {"fields":["C"],"listed":[[0.1],[1.0]]}
    churn.fit [grid] = train {"C":{"$field":"C"}} (rows=churn.rows.train) -> model:model # training.churn.model

Marks after the outputs: `!effect`, `!impure`, `!root`, and JSON for code, policy and want where they are set.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import Any, get_args

from mlc_compiler.graph.axis import Axis, describe, restore
from mlc_compiler.graph.graph import Graph, reach
from mlc_compiler.graph.step import Edge, Policy, PortType, Step, fill_holes, holes

_DEFAULT = asdict(Policy())
_STEP = re.compile(r"(?P<name>\S+) \[(?P<axes>[^\]]*)\] = (?P<op>\S+) (?P<rest>.*)")
_FLAGS = ("effect", "impure", "root")


def dump(graph: Graph) -> str:
    """Print a graph. Axes stand before their first user."""
    lines: list[str] = []
    printed: set[str] = set()
    for step in graph.steps:
        for axis in reversed(list(reach(graph, (*step.axes, *(name for edge in step.inputs for name in edge.over))))):
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
    for line in text.splitlines():
        if line.startswith("axis "):
            name, _, rest = line[5:].partition(" = ")
            name, _, given = name.partition(" given ")
            axes.append(Axis(name, restore(json.loads(rest)), tuple(given.split(", ")) if given else ()))
        elif line:
            steps.append(_parse_step(line))
    return Graph(tuple(steps), tuple(axes))


def _axis(axis: Axis) -> str:
    given = f" given {', '.join(axis.given)}" if axis.given else ""
    return f"axis {axis.name}{given} = {_json(describe(axis.values))}"


def _step(step: Step) -> str:
    inputs = "; ".join(_edge(edge) for edge in step.inputs)
    outputs = ", ".join(f"{port}:{kind}" for port, kind in step.outputs.items())
    line = f"{step.name} [{', '.join(step.axes)}] = {step.op} {_json(holes(step.params))} ({inputs}) -> {outputs}"
    flags = (step.effect, not step.pure, step.root)
    line += "".join(f" !{flag}" for flag, on in zip(_FLAGS, flags, strict=True) if on)
    policy = {key: value for key, value in asdict(step.policy).items() if value != _DEFAULT[key]}
    extra = {
        "code": list(step.code),
        "distributions": list(step.distributions),
        "policy": policy,
        "want": None if step.want is None else list(step.want),
        "origin": [list(path) for path in step.origin],
    }
    return (
        line + " # " + _json({key: value for key, value in extra.items() if value or (key == "want" and value == [])})
    )


def _edge(edge: Edge) -> str:
    text = f"{edge.port}={edge.step}.{edge.out}"
    if edge.over:
        text += f" over {', '.join(edge.over)}"
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
    ports: dict[str, PortType] = {}
    for item in outputs.split(", ") if outputs else ():
        port, _, kind = item.partition(":")
        if kind not in get_args(PortType):
            raise ValueError(f"not a port type: {kind!r}")
        ports[port] = kind
    return Step(
        name=head["name"],
        op=head["op"],
        params=fill_holes(params),
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
        origin=tuple(tuple(path) for path in extra.get("origin", ())),
    )


def _parse_edge(text: str) -> Edge:
    missing = text.endswith(" missing")
    text = text.removesuffix(" missing")
    text, _, tolerate = text.partition(" tolerate ")
    text, _, over = text.partition(" over ")
    port, _, source = text.partition("=")
    step, _, out = source.rpartition(".")
    return Edge(
        port=port,
        step=step,
        out=out,
        over=tuple(over.split(", ")) if over else (),
        tolerate=float(tolerate) if tolerate else 0.0,
        missing=missing,
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
