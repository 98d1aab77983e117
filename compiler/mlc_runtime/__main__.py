"""What engines call: `python -m mlc_runtime prepare | tile | finish`.

Exit codes: 0 done, tolerated failures included; 10 the application failed; 11 the infrastructure did, try again; 12 the
input is invalid, never try again; 13 cancelled.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mlc_runtime.errors import CancelledError, InfrastructureError, InvalidInputError, StepError
from mlc_runtime.finish import finish
from mlc_runtime.ledger import StoreLedger
from mlc_runtime.parameters import instant
from mlc_runtime.plan import Plan, PlanStep, load
from mlc_runtime.prepare import Site, prepare, read_bind
from mlc_runtime.run import Run
from mlc_runtime.store import open_store
from mlc_runtime.task import TaskRunner
from mlc_runtime.tile import run_tile, write_tiles

DONE, APPLICATION, INFRASTRUCTURE, INVALID, CANCELLED = 0, 10, 11, 12, 13
_INDEX = ("AWS_BATCH_JOB_ARRAY_INDEX", "JOB_COMPLETION_INDEX")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    options = _parser().parse_args(arguments)
    stopping: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: stopping.append(number))
    try:
        return int(options.run_command(options, stopping))
    except InfrastructureError as error:
        return _tell(error, INFRASTRUCTURE)
    except InvalidInputError as error:
        return _tell(error, INVALID)
    except StepError as error:
        return _tell(error, APPLICATION)
    except CancelledError:
        print("stopped: what is finished is kept", file=sys.stderr)
        return CANCELLED


def _prepare(options: argparse.Namespace, _: list[int]) -> int:
    plan = _plan(options)
    as_of = None
    if options.as_of is not None:
        try:
            as_of = instant(options.as_of, plan.spec.get("timezone", "UTC"))
        except ValueError as error:
            raise InvalidInputError("MLC965", f"`{options.as_of}` is no time", "Write it as 2024-05-01.") from error
    given = dict(item.partition("=")[::2] for item in options.set)
    site = Site(open_store(options.store), options.root, _environment(options))
    prepare(plan, options.run, site, given=given, as_of=as_of)
    return DONE


def _tile(options: argparse.Namespace, stopping: list[int]) -> int:
    run = _run(options)
    step = _step(run.plan, options.step)
    tile = (
        options.tile if options.tile is not None else next((int(os.environ[n]) for n in _INDEX if n in os.environ), 0)
    )
    result = run_tile(TaskRunner(run), step, tile, lambda: bool(stopping))
    if any(other.tiles.get("from") == step.name for other in run.plan.steps):
        tiles = write_tiles(run, step.name)
        if options.ints is not None:
            options.ints.write_text(json.dumps(tiles, sort_keys=True))
    return APPLICATION if result.spoiled else DONE


def _finish(options: argparse.Namespace, _: list[int]) -> int:
    summary = finish(_run(options))
    print(json.dumps(summary, indent=1, ensure_ascii=False))
    return {"done": DONE, "failed": APPLICATION, "incomplete": INFRASTRUCTURE}[summary["verdict"]]


def _run(options: argparse.Namespace) -> Run:
    store = open_store(options.store)
    bind = read_bind(store, options.run)
    if bind is None:
        raise InvalidInputError("MLC966", f"run `{options.run}` is not prepared", "`prepare` comes first.")
    checkpoints = Path(options.store) / "checkpoint"
    return Run(
        _plan(options),
        bind,
        store,
        StoreLedger(store, options.run),
        options.run,
        options.root,
        _environment(options),
        checkpoints,
    )


def _plan(options: argparse.Namespace) -> Plan:
    try:
        return load(Path(options.plan).read_bytes())
    except OSError as error:
        raise InvalidInputError("MLC950", f"the plan `{options.plan}` cannot be read: {error.strerror}") from error


def _step(plan: Plan, which: str) -> PlanStep:
    if which in plan.by_name:
        return plan.by_name[which]
    if which.isdecimal() and int(which) < len(plan.steps):
        return plan.steps[int(which)]
    raise InvalidInputError("MLC950", f"the plan has no step `{which}`", "Compile the spec again.")


def _environment(options: argparse.Namespace) -> Mapping[str, Any]:
    if options.environment is None:
        return {}
    try:
        environment: dict[str, Any] = json.loads(options.environment.read_bytes())
    except (OSError, ValueError) as error:
        raise InvalidInputError("MLC950", f"the environment `{options.environment}` cannot be read: {error}") from error
    return environment


def _tell(error: StepError, code: int) -> int:
    print(f"{error.code}: {error.message}" + (f"\n  {error.help}" if error.help else ""), file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m mlc_runtime", description="Runs the steps of a compiled pipeline.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--plan", required=True, help="the plan's file")
    common.add_argument("--store", required=True, help="where artifacts live")
    common.add_argument("--run", required=True, help="the run's identifier")
    common.add_argument("--root", type=Path, default=Path(), help="the project's folder (default: this one)")
    common.add_argument("--environment", type=Path, help="connections and secrets, as JSON")
    first = commands.add_parser("prepare", parents=[common], help="find out and write down the facts of a run")
    first.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="set a parameter of the run")
    first.add_argument("--as-of", metavar="TIME", help="the run's logical time")
    first.set_defaults(run_command=_prepare)
    middle = commands.add_parser("tile", parents=[common], help="run a range of a step's tasks")
    middle.add_argument("--step", required=True, help="the step, by name or place in the plan")
    middle.add_argument("--tile", type=int, help="which range (default: the engine's array index, else 0)")
    middle.add_argument("--ints", type=Path, metavar="FILE", help="where to write the numbers of tiles that were found")
    middle.set_defaults(run_command=_tile)
    last = commands.add_parser("finish", parents=[common], help="count, judge and write the summary")
    last.set_defaults(run_command=_finish)
    return parser


if __name__ == "__main__":
    sys.exit(main())
