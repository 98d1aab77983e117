"""One step: what it is, what its key is made of, how often it runs, and what a change of it reruns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from mlc_compiler.explain.params import params_text
from mlc_compiler.explain.work import duration
from mlc_compiler.graph.axis import Axis, Found, Project
from mlc_compiler.graph.graph import Graph, finders
from mlc_compiler.graph.size import Size, size_of_axis, task_count, tasks, total
from mlc_compiler.graph.step import Policy, Step
from mlc_compiler.passes.cost import Estimate, estimate
from mlc_compiler.passes.facts import Facts

_DEFAULT = asdict(Policy())


@dataclass(frozen=True)
class About:
    """What there is to say about a step.

    Attributes:
        step: it.
        tasks: how often it runs.
        estimate: how long one of its tasks takes, and who says so.
        host: the step in whose tasks it runs, where that is another.
        tiles: how its tasks are grouped, where an engine starts a process for each group.
        axes: what it runs over, each in words.
        key: the parts of its tasks' keys, each in words.
        reads: its inputs, each in words.
        read_by: the steps that read it.
        policy: how it runs where that was said.
        reruns: the steps that run again when it changes, itself first.
        tasks_rerun: how often those run.
    """

    step: Step
    tasks: Size
    estimate: Estimate
    host: str | None
    tiles: str
    axes: tuple[str, ...]
    key: tuple[str, ...]
    reads: tuple[str, ...]
    read_by: tuple[str, ...]
    policy: tuple[str, ...]
    reruns: tuple[str, ...]
    tasks_rerun: Size


def about(graph: Graph, name: str, facts: Facts) -> About:
    """Describe a step of a graph.

    Args:
        graph: it.
        name: the step's.
        facts: what is known of durations.
    """
    step = graph.step[name]
    reruns = tuple(_reruns(graph, name))
    return About(
        step=step,
        tasks=tasks(graph, step),
        estimate=estimate(step, facts),
        host=graph.host.get(name),
        tiles="" if facts.limits.tiles is None else _tiles(step),
        axes=tuple(_axis(graph, graph.axis[axis]) for axis in step.axes),
        key=tuple(_key(step)),
        reads=tuple(_reads(step)),
        read_by=tuple(_readers(graph, name)),
        policy=tuple(f"{key} {_amount(value)}" for key, value in asdict(step.policy).items() if value != _DEFAULT[key]),
        reruns=reruns,
        tasks_rerun=total(tasks(graph, graph.step[other]) for other in reruns),
    )


def details(graph: Graph, name: str, facts: Facts) -> Mapping[str, str]:
    """The same as pairs of a heading and a text, for the pictures."""
    return details_of(about(graph, name, facts))


def details_of(found: About) -> Mapping[str, str]:
    """What there is to say about a step, by heading; a text may have several lines."""
    takes = found.estimate
    lists = {
        "takes": (f"{duration(takes.seconds)} a task ({takes.source})",),
        "runs within": (f"the tasks of {found.host}",) if found.host else (),
        "starts": (found.tiles,) if found.tiles and not found.host else (),
        "runs over": found.axes,
        "parameters": (params_text(found.step.params),),
        "key of": found.key[:-1],
        "reads": found.reads,
        "read by": found.read_by,
        "gives": tuple(f"{port}: {kind}" for port, kind in found.step.outputs.items()),
        "columns": (", ".join(found.step.want),) if found.step.want else (),
        "rows where": (found.step.where.sql,) if found.step.where else (),
        "policy": found.policy,
        "a change reruns": (_reruns_text(found),),
    }
    return {heading: "\n".join(items) for heading, items in lists.items() if items}


def _reruns_text(about: About) -> str:
    steps = len(about.reruns)
    return f"{steps:,} {'step' if steps == 1 else 'steps'}, {task_count(about.tasks_rerun)}"


def _axis(graph: Graph, axis: Axis) -> str:
    size = size_of_axis(graph, axis)
    fields = ", ".join(field.removeprefix("$") for field in axis.fields)
    match axis.values:
        case Found(step) if not axis.fields:
            return f"when {step} says so"
        case Found(step, port, within=within):
            inside = f" within {within}" if within else ""
            return f"{size} of {fields}, found by {step}.{port}{inside}"
        case Project(base) if not axis.fields:
            return f"once, if {base} is not empty"
        case Project(base):
            return f"{size} of {fields}, the part of {base} that it reads"
    return f"{size} of {fields}"


def _tiles(step: Step) -> str:
    if "from" in step.tiles:
        return f"a process for every {step.tiles['each']:,} tasks, {step.tiles['max']:,} at most"
    return f"{step.tiles['max']:,} processes at most" if step.tiles["max"] > 1 else "one process"


def _key(step: Step) -> Iterator[str]:
    yield f"operation {step.op}"
    if step.code:
        yield f"code of {', '.join(step.code)}"
    if step.distributions:
        yield f"versions of {', '.join(step.distributions)}"
    for edge in step.inputs:
        yield f"{edge.port}: {'all keys' if edge.over else 'the key'} of {edge.step}"
    if step.effect or not step.pure:
        yield f"its name and coordinates, as it is {'an effect' if step.effect else 'not pure'}"
    yield f"parameters {params_text({name: value for name, value in step.params.items() if name != 'locate'})}"


def _reads(step: Step) -> Iterator[str]:
    for edge in step.inputs:
        over = f", all over {', '.join(edge.over)}" if edge.over else ""
        tolerate = f", {edge.tolerate:.0%} may be missing" if edge.tolerate else ""
        yield f"{edge.port}: {edge.step}.{edge.out}{over}{tolerate}{', may be absent' if edge.missing else ''}"


def _readers(graph: Graph, name: str) -> Iterator[str]:
    for step in graph.steps:
        if any(edge.step == name for edge in step.inputs):
            yield step.name
        elif name in finders(graph, step):
            yield f"{step.name} (runs over what it finds)"


def _reruns(graph: Graph, name: str) -> Iterator[str]:
    """A step and all that derive from it; what is only found by it has keys of its own, and may be the same again."""
    changed: set[str] = set()
    for step in graph.steps:
        if step.name == name or any(edge.step in changed for edge in step.inputs):
            changed.add(step.name)
            yield step.name


def _amount(value: Any) -> str:
    return params_text(value) if isinstance(value, dict) else str(value)
