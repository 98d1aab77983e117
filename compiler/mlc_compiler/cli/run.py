"""`mlc run`: a pipeline, here and now."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from mlc_compiler.cli import exit as exits
from mlc_compiler.cli.project import add_project
from mlc_compiler.cli.report import add_format

if TYPE_CHECKING:
    from mlc_compiler.cli.project import Project

CODES = {
    "done": exits.DONE,
    "failed": exits.RUN_FAILED,
    "infrastructure": exits.UNREACHABLE,
    "interrupted": exits.INTERRUPTED,
}


def arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_project(parser)
    parser.add_argument(
        "--as-of", metavar="TIME", help="the logical time; by default the latest known in what labels read"
    )
    parser.add_argument("--set", metavar="NAME=VALUE", action="append", default=[], help="a parameter's value")
    parser.add_argument(
        "--jobs", metavar="N", type=positive, help="how many tasks at once; one for each core by default"
    )
    parser.add_argument("--until", metavar="NAME", help="only what this training, serving, step or source needs")
    parser.add_argument("--fresh", action="store_true", help="run everything as if nothing had been stored")
    parser.add_argument("--recompute", action="store_true", help="run everything, and compare with what is stored")
    add_format(parser, "text", "json")


def positive(text: str) -> int:
    """A number from 1 on, for `argparse`."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def run(options: Namespace) -> int:
    """Compile, run, and sum up."""
    from mlc_compiler.cli.project import open_project
    from mlc_compiler.cli.targets import find_target
    from mlc_compiler.target import Runner
    from mlc_runtime.errors import InfrastructureError, InvalidInputError, StepError

    target = find_target("local")
    if target is None:
        return exits.WRONG_USAGE
    assert isinstance(target, Runner)
    project = open_project(options)
    if isinstance(project, int):
        return project
    given: dict[str, str] = {}
    for text in options.set:
        name, equals, value = text.partition("=")
        if not equals or name not in project.plan.params:
            known = ", ".join(project.plan.params) or "none"
            print(f"`--set {text}`: write NAME=VALUE; the spec's parameters: {known}", file=sys.stderr)
            return exits.WRONG_USAGE
        given[name] = value
    try:
        result = target.run(
            project.plan,
            root=project.root,
            environment=project.settings(),
            store_path=project.store(),
            jobs=options.jobs or project.environment.parallelism,
            parameters=given,
            as_of=options.as_of,
            until=options.until,
            fresh=options.fresh,
            recompute=options.recompute,
        )
    except InfrastructureError as error:
        print(f"{error.code}: {error.message}. {error.help}".rstrip(), file=sys.stderr)
        return exits.UNREACHABLE
    except InvalidInputError as error:
        print(f"{error.code}: {error.message}. {error.help}".rstrip(), file=sys.stderr)
        return exits.WRONG_USAGE
    except StepError as error:
        print(f"{error.code}: {error.message}. {error.help}".rstrip(), file=sys.stderr)
        return exits.RUN_FAILED
    if options.format == "json":
        print(json.dumps(_data(result), indent=2))
    else:
        for line in _failures(project, result):
            print(line, file=sys.stderr)
        for line in _lines(project, target, result):
            print(line)
    return CODES[result.verdict]


def _data(result: Any) -> dict[str, Any]:
    """The result for programs."""
    return {
        "run": result.name,
        "verdict": result.verdict,
        "seconds": round(result.seconds, 3),
        "steps": [
            {
                "name": step.name,
                "tasks": step.tasks,
                "done": step.done,
                "stored": step.stored,
                "same": step.same,
                "failed": step.failed,
                "missing": step.missing,
                "seconds": round(step.seconds, 3),
            }
            for step in result.steps
        ],
        "failures": [
            {
                "step": task.failure.step,
                "at": dict(task.failure.coordinates),
                "code": task.failure.code,
                "message": task.failure.message,
                "help": task.failure.help,
            }
            for task in result.failures
        ],
        "differs": [{"step": step, "at": dict(at), "ports": list(ports)} for step, at, ports in result.differs],
    }


def _failures(project: Project, result: Any) -> Iterator[str]:
    """What failed, with the user's own traceback first and the spec's line beside it."""
    for task in result.failures:
        failure = task.failure
        if failure.kind == "missing":
            continue
        at = ", ".join(f"{field}={value!r}" for field, value in failure.coordinates.items())
        yield f"failed: {failure.step}{f' [{at}]' if at else ''}"
        if failure.traceback:
            yield from (f"  {line}" for line in failure.traceback.rstrip().splitlines())
        code = f"{failure.code}: " if failure.code else ""
        yield f"  {code}{failure.message}"
        place = project.origin(failure.step)
        if place:
            yield f"  at {place}"
        if failure.help:
            yield f"  help: {failure.help}"
        if task.log.strip():
            yield "  it printed:"
            yield from (f"    {line}" for line in task.log.rstrip().splitlines()[-20:])
    for step, at, ports in result.differs:
        yield f"differs: {step} {dict(at)}: {', '.join(ports)} came out otherwise than before"
    if result.trouble is not None:
        code = f"{result.trouble.code}: " if result.trouble.code else ""
        yield f"{code}{result.trouble.message}"
        if result.trouble.help:
            yield f"  help: {result.trouble.help}"


def _lines(project: Project, target: Any, result: Any) -> Iterator[str]:
    """The summary: what was found, then what it took."""
    from mlc_compiler.cli.summary import summary

    values = partial(target.values, result.state)
    yield f"{project.plan.name}  run {result.name}  {result.verdict}"
    yield from summary(project.plan, values, result.state.bind["parameters"]["as_of"] if result.state else None)
    ran = sum(step.done for step in result.steps)
    reused = sum(step.stored + step.same for step in result.steps)
    failed = sum(step.failed for step in result.steps)
    lost = sum(step.missing for step in result.steps)
    parts = [f"{ran:,} run" if ran else "nothing to run", f"{reused:,} reused"]
    parts += [f"{failed:,} failed"] if failed else []
    parts += [f"{lost:,} without an input"] if lost else []
    yield f"{'tasks':<12} {', '.join(parts)}; {result.seconds:.1f} s; results in {project.store()}"
