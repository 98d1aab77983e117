"""`mlc run`: a pipeline, here and now."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from mlc_compiler.cli import exit as exits
from mlc_compiler.cli.failures import failures, place_of, refused
from mlc_compiler.cli.given import add_given, given_of
from mlc_compiler.cli.project import Project, add_project, open_project
from mlc_compiler.cli.report import add_format
from mlc_runtime.errors import StepError

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
    add_given(parser)
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
    from mlc_compiler.cli.targets import find_target
    from mlc_compiler.target import Runner

    target = find_target("local")
    if target is None:
        return exits.WRONG_USAGE
    assert isinstance(target, Runner)
    project = open_project(options)
    if isinstance(project, int):
        return project
    given = given_of(options, project.plan.params)
    if given is None:
        return exits.WRONG_USAGE
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
    except StepError as error:
        return refused(project, error)
    with suppress(BrokenPipeError):  # a reader that leaves does not make a run that failed a good one
        _tell(project, result, options)
    return CODES[result.verdict]


def _tell(project: Project, result: Any, options: Namespace) -> None:
    if options.format == "json":
        print(json.dumps(_data(project, result), indent=2))
        return
    for line in failures(project, result, lambda step: f"mlc run {options.spec} --until {step}"):
        print(line, file=sys.stderr)
    for line in _lines(project, result):
        print(line)
    if options.recompute and result.verdict == "done" and not result.differs:
        print("recomputed: no result differs from the one that was stored")


def _data(project: Project, result: Any) -> dict[str, Any]:
    """The result for programs."""
    counts = ("tasks", "done", "stored", "same", "shared", "failed", "missing")
    return {
        "run": result.name,
        "verdict": result.verdict,
        "seconds": round(result.seconds, 3),
        "steps": [
            {
                "name": step.name,
                **{count: getattr(step, count) for count in counts},
                "seconds": round(step.seconds, 3),
            }
            for step in result.steps
        ],
        "failures": [
            {
                "step": failed.failure.step,
                "at": dict(failed.failure.coordinates),
                "tasks": dict(failed.tasks),
                "code": failed.failure.code,
                "message": failed.failure.message,
                "help": failed.failure.help,
                "place": place_of(project, failed.failure),
            }
            for failed in result.failures
        ],
        "differs": [{"step": step, "at": dict(at), "ports": list(ports)} for step, at, ports in result.differs],
        "found": result.found,
    }


def _lines(project: Project, result: Any) -> Iterator[str]:
    """The summary: what was found, then what it took."""
    from mlc_compiler.cli.summary import summary

    yield f"{project.plan.name}  run {result.name}  {result.verdict}"
    yield from summary(result.found) if result.found else ()
    counted = {
        "run": sum(step.done for step in result.steps),
        "reused": sum(step.stored + step.same for step in result.steps),
        "shared": sum(step.shared for step in result.steps),
        "failed": sum(step.failed for step in result.steps),
        "without an input": sum(step.missing for step in result.steps),
    }
    parts = [f"{count:,} {what}" for what, count in counted.items() if count]
    parts = parts if counted["run"] or counted["failed"] else ["nothing to run", *parts]
    yield f"tasks: {', '.join(parts)}; {result.seconds:.1f} s; results in {project.store()}"
