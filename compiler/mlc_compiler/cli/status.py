"""`mlc status`: how a run stands on its engine."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from mlc_compiler.cli import exit as exits
from mlc_compiler.cli.engine import Engine, add_engine, with_engine
from mlc_compiler.cli.report import add_format

if TYPE_CHECKING:
    from mlc_compiler.target import RunState, StepState

_EVERY = 2.0  # seconds between looks


def arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_engine(parser)
    parser.add_argument("--follow", action="store_true", help="tell what changes until the run ends")
    add_format(parser, "text", "json")


def run(options: Namespace) -> int:
    """Print how a run stands; an exit code of its own for one that failed."""

    def show(engine: Engine) -> int:
        told: set[str] = set()
        while True:
            state = engine.target.status(options.run, engine.environment)
            if options.format == "json":
                print(json.dumps(asdict(state)))
            elif options.follow:
                _tell([line for step in state.steps for line in _lines(step)], told)
            if state.ended or not options.follow:
                break
            time.sleep(_EVERY)
        if options.format == "text":
            print("\n".join(_summary(state, steps=not options.follow)))
        return exits.RUN_FAILED if state.ended and not state.succeeded else exits.DONE

    return with_engine(options, show)


def _summary(state: RunState, *, steps: bool) -> Iterator[str]:
    """The run, and where that was not told already, its steps."""
    if steps:
        for step in state.steps:
            yield from _lines(step)
    yield f"{state.run}: {state.phase or 'not begun'}" + (f" ({state.message})" if state.message else "")


def _lines(step: StepState) -> Iterator[str]:
    """A step in a line, and below it what the engine says, in the words of the spec."""
    tiles = f" {step.done}/{step.tiles}" if step.tiles > 1 else ""
    again = f", {step.attempts} attempts repeated" if step.attempts else ""
    yield f"{step.name}: {step.phase or 'Pending'}{tiles}{again}"
    where = f" ({'.'.join(map(str, step.origin))})" if step.origin else ""
    yield from (f"  {message}{where}" for message in step.messages)


def _tell(lines: list[str], told: set[str]) -> None:
    """Print the lines that are news."""
    for line in lines:
        if line not in told:
            print(line, flush=True)
    told.update(lines)
