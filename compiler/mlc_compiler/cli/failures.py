"""What failed in a run: the user's own traceback first, then the line of the spec and how to go on."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mlc_compiler.cli import exit as exits
from mlc_compiler.source.place import Place
from mlc_runtime.errors import InfrastructureError, InvalidInputError, StepError

if TYPE_CHECKING:
    from mlc_compiler.cli.project import Project
    from mlc_compiler.source.document import Document
    from mlc_runtime.record import Failure

_PRINTED = 20  # lines of what a task printed


def failures(project: Project, result: Any, again: Callable[[str], str]) -> Iterator[str]:
    """The lines that tell what failed, and what ended a run before its time.

    Args:
        project: what was run.
        result: how it ended.
        again: the command that goes on, by the name of the step that failed.
    """
    for failed in result.failures:
        failure = failed.failure
        yield f"failed: {_title(failed)}"
        if failure.traceback:
            yield from (f"  {line}" for line in failure.traceback.rstrip().splitlines())
        code = f"{failure.code}: " if failure.code else ""
        yield f"  {code}{failure.message}"
        place = place_of(project, failure)
        if place:
            yield f"  at {place}"
        if failure.help:
            yield f"  help: {failure.help}"
        if failed.log.strip():
            printed = failed.log.rstrip().splitlines()
            kept = f", the last {_PRINTED} of {len(printed)} lines" if len(printed) > _PRINTED else ""
            yield f"  it printed{kept} (all in {project.store()}/run/{result.name}/log/{failure.key}):"
            yield from (f"    {line}" for line in printed[-_PRINTED:])
        yield f"  once mended: {again(failure.step)}"
    for step, at, ports in result.differs:
        yield f"differs: {step} {dict(at)}: {', '.join(ports)} came out otherwise than before"
    if result.trouble is not None:
        code = f"{result.trouble.code}: " if result.trouble.code else ""
        yield f"{code}{result.trouble.message}"
        if result.trouble.help:
            yield f"  help: {result.trouble.help}"


def refused(project: Project, error: StepError) -> int:
    """Tell on standard error why a run ended before its first task; the exit code."""
    print(f"{error.code}: {error.message}. {error.help}".rstrip(), file=sys.stderr)
    if error.step in project.plan.by_name:
        print(f"  at {project.origin(project.plan.by_name[error.step].name)}", file=sys.stderr)
    match error:
        case InfrastructureError():
            return exits.UNREACHABLE
        case InvalidInputError():
            return exits.WRONG_USAGE
    return exits.RUN_FAILED


def told(error: StepError) -> int:
    """Tell on standard error why a command could not do what it was asked; the exit code."""
    print(f"{error.code}: {error.message}. {error.help}".rstrip(), file=sys.stderr)
    return exits.UNREACHABLE if isinstance(error, InfrastructureError) else exits.WRONG_USAGE


def place_of(project: Project, failure: Failure) -> str:
    """The place in the spec that a failure is about, as FILE:LINE; empty where its step comes from none.

    Where the message names a parameter of the failed setting, that is the place in the grid where its value stands.
    """
    document = next(iter(project.checked.documents.values()))
    for path in project.plan.by_name[failure.step].origin:
        found = _in_grid(document, path, failure)
        if found is not None:
            return f"{document.file}:{document.span(found).start.line}"
    return project.origin(failure.step)


def _title(failed: Any) -> str:
    failure = failed.failure
    title = f"{failure.step}{_coordinates(failure.coordinates)}"
    total = sum(failed.tasks.values())
    if total == 1:
        return title
    others = [_coordinates(at).strip() for at in failed.at[1:]]
    more = total - 1 - len(others)
    named = f": {', '.join(others)}{f' and {more:,} more' if more else ''}" if others and others[0] else ""
    steps = len(failed.tasks)
    where = f" in {steps} steps ({', '.join(failed.tasks)})" if steps > 1 else ""
    return f"{title}\n  and {total - 1:,} more alike{where}{named}"


def _coordinates(at: Mapping[str, Any]) -> str:
    return f" [{', '.join(f'{field}={value!r}' for field, value in at.items())}]" if at else ""


def _in_grid(document: Document, origin: Sequence[str | int], failure: Failure) -> Place | None:
    """The value in the grid that a message is about: the setting's parameter whose name it quotes."""
    if origin[:1] != ("training",) or len(origin) < 2:
        return None
    for field, value in failure.coordinates.items():
        name = field.rpartition(".")[2]
        if re.search(rf"(?<![\w.])['`\"]?{re.escape(name)}['`\"]?(?=[\s=:,.']|$)", failure.message):
            found = _value(document, (*origin[:2], "grid"), field, value)
            if found is not None:
                return found
    return None


def _value(document: Document, grid: tuple[str | int, ...], field: str, value: Any) -> Place | None:
    """The place of a grid's value, or of its parameter where values are a range."""
    try:
        maps = document.value(Place(document.file, grid))
    except (KeyError, IndexError, TypeError):
        return None
    stage, dot, name = field.partition(".")
    for start in [(*grid, number) for number in range(len(maps))] if isinstance(maps, list) else [grid]:
        for route in ((field,), (stage, name) if dot else (field,)):
            path = (*start, *route)
            try:
                choices = document.value(Place(document.file, path))
            except (KeyError, IndexError, TypeError):
                continue
            if isinstance(choices, list) and value in choices:
                return Place(document.file, (*path, choices.index(value)))
            if isinstance(choices, dict):
                return Place(document.file, path, "key")
    return None
