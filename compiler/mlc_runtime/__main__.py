"""What engines call: `python -m mlc_runtime prepare | tile | finish`.

An engine that runs the containers of steps itself calls `pending` before them, and `fetch` and `commit` around each.
`serve` answers requests until it is told to end.

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
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlc_runtime.code import verify_code
from mlc_runtime.errors import CancelledError, InfrastructureError, InvalidInputError, StepError
from mlc_runtime.finish import finish
from mlc_runtime.given import read_given
from mlc_runtime.last_words import last_words
from mlc_runtime.ledger import StoreLedger, find_journal
from mlc_runtime.needless import read_needless, write_needless
from mlc_runtime.parameters import instant, unquoted
from mlc_runtime.plan import ENVIRONMENT_FILE, Plan, PlanStep, load
from mlc_runtime.prepare import Site, prepare, read_bind
from mlc_runtime.record import Failure
from mlc_runtime.run import Run
from mlc_runtime.store import Store, open_store, read_address, store_address
from mlc_runtime.store.directory import DirectoryStore
from mlc_runtime.task import TaskRunner
from mlc_runtime.tile import run_tile, write_tiles
from mlc_runtime.watch import begin_again
from mlc_runtime.worker_environment import adopt_environment

if TYPE_CHECKING:
    from mlc_runtime.serving.loading import Loading

DONE, APPLICATION, INFRASTRUCTURE, INVALID, CANCELLED = 0, 10, 11, 12, 13
CONTAINERS = "containers"
"""The file with the number of containers that `pending` found."""
_INDEX = ("AWS_BATCH_JOB_ARRAY_INDEX", "JOB_COMPLETION_INDEX")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code.

    Args:
        arguments: of the command; those of this process by default, which is then made fit for what it runs.
    """
    options = _parser().parse_args(arguments)
    options.process = arguments is None
    try:
        return int(options.run_command(options))
    except InfrastructureError as error:
        return _tell(error, INFRASTRUCTURE)
    except InvalidInputError as error:
        return _tell(error, INVALID)
    except StepError as error:
        return _tell(error, APPLICATION)
    except CancelledError:
        print("stopped: what is finished is kept", file=sys.stderr)
        return CANCELLED


def _prepare(options: argparse.Namespace) -> int:
    plan = _plan(options)
    verify_code(plan.files, options.root)
    site = Site(_store(options), options.root, _environment(options))
    moment = options.as_of
    given = {name: unquoted(text) for name, _, text in (item.partition("=") for item in options.set)}
    if options.given:
        stored = read_given(site.store, options.run)
        moment, given = moment or stored.as_of, {**stored.parameters, **given}
    as_of = None
    if moment:
        try:
            as_of = instant(moment, plan.spec.get("timezone", "UTC"))
        except ValueError as error:
            raise InvalidInputError("MLC965", f"`{moment}` is no time", "Write it as 2024-05-01.") from error
    prepare(plan, options.run, site, given=given, as_of=as_of)
    write_needless(_run(options))
    return DONE


def _tile(options: argparse.Namespace) -> int:
    stopping: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):  # noted, not raised: a task would take it for its own code's doing
        signal.signal(number, lambda number, _: stopping.append(number))
    run = _run(options)
    step = _step(run.plan, options.step)
    if options.process:
        adopt_environment(step.policy)
    tile = (
        options.tile if options.tile is not None else next((int(os.environ[n]) for n in _INDEX if n in os.environ), 0)
    )
    if options.approved is not None:
        _decide(run, step, approved=options.approved == "yes")
    result = run_tile(
        TaskRunner(run), step, tile, lambda: bool(stopping), restart=begin_again if options.process else None
    )
    for failure in result.failures:
        _print(failure)
    if any(other.tiles.get("from") == step.name for other in run.plan.steps):
        tiles = write_tiles(run, step.name)
        if options.ints is not None:
            options.ints.mkdir(parents=True, exist_ok=True)
            for place, other in enumerate(run.plan.steps):
                if other.name in tiles:
                    (options.ints / str(place)).write_text(str(tiles[other.name]))
    return APPLICATION if result.spoiled else DONE


def _pending(options: argparse.Namespace) -> int:
    from mlc_runtime.container import pending

    run = _run(options)
    found = pending(TaskRunner(run), _step(run.plan, options.step))
    options.ints.mkdir(parents=True, exist_ok=True)
    (options.ints / CONTAINERS).write_text(str(found))
    return DONE


def _fetch(options: argparse.Namespace) -> int:
    from mlc_runtime.container import lay_out

    run = _run(options)
    lay_out(TaskRunner(run), _step(run.plan, options.step), options.item, _exchange(options))
    return DONE


def _commit(options: argparse.Namespace) -> int:
    from mlc_runtime.container import commit

    _exchange(options)
    run = _run(options)
    failure = commit(TaskRunner(run), _step(run.plan, options.step), options.item).failure
    if failure is not None:
        _print(failure)
    return DONE if failure is None else APPLICATION


def _exchange(options: argparse.Namespace) -> Path:
    if options.exchange is None:
        raise InvalidInputError("MLC950", "`--exchange` does not say by which folder the container is reached")
    return Path(options.exchange)


def _print(failure: Failure) -> None:
    at = f" for {dict(failure.coordinates)}" if failure.coordinates else ""
    text = (f"{failure.code}: `{failure.step}`{at}: {failure.message}", failure.traceback, failure.help)
    print(*filter(None, text), sep="\n", file=sys.stderr)
    last_words(text[0])


def _decide(run: Run, step: PlanStep, *, approved: bool) -> None:
    """Take down what a person told the engine, which does not say who it was."""
    from mlc_runtime.ops.approve import decide

    now = datetime.now(UTC).isoformat(timespec="seconds")
    decide(run.store, run.name, step.name, approved=approved, who="a user of the engine", when=now)


def _finish(options: argparse.Namespace) -> int:
    summary = finish(_run(options))
    print(json.dumps(summary, indent=1, ensure_ascii=False))
    return {"done": DONE, "failed": APPLICATION, "incomplete": INFRASTRUCTURE}[summary["verdict"]]


def loading(arguments: Sequence[str]) -> Loading:
    """What `serve` with these arguments would serve."""
    return _loading(_parser().parse_args(arguments))


def _loading(options: argparse.Namespace) -> Loading:
    from mlc_runtime.serving.loading import Loading

    return Loading(_plan(options), _store(options), options.root, _environment(options), options.alias or "live")


def _serve(options: argparse.Namespace) -> int:
    try:
        from mlc_runtime.serving.process import serve
    except ModuleNotFoundError as error:
        help_ = "Install `mlc-compiler[run,serve]` in the step image."
        raise InvalidInputError("MLC964", f"`{error.name}` is not installed", help_) from error
    return serve(_loading(options), options.host, options.port)


def _run(options: argparse.Namespace) -> Run:
    store = _store(options)
    bind = read_bind(store, options.run)
    if bind is None:
        raise InvalidInputError("MLC966", f"run `{options.run}` is not prepared", "`prepare` comes first.")
    plan = _plan(options)
    verify_code(plan.files, options.root)
    checkpoints = store.root / "checkpoint" if isinstance(store, DirectoryStore) else None
    return Run(
        plan,
        bind,
        store,
        StoreLedger(store, options.run, find_journal(store)),
        options.run,
        options.root,
        _environment(options),
        checkpoints,
        read_needless(store, options.run),
        Path(options.exchange) if options.exchange else None,
    )


def _address(options: argparse.Namespace) -> str:
    """Where artifacts live, as said on the command line, else in the environment."""
    if options.store:
        return str(options.store)
    place = _environment(options).get("store")
    if not place:
        raise InvalidInputError("MLC950", "neither `--store` nor the environment says where artifacts live")
    return store_address(place)


def _store(options: argparse.Namespace) -> Store:
    return open_store(_address(options))


def _plan(options: argparse.Namespace) -> Plan:
    try:
        return load(read_address(options.plan))
    except OSError as error:
        raise InvalidInputError("MLC950", f"the plan `{options.plan}` cannot be read: {error.strerror}") from error


def _step(plan: Plan, which: str) -> PlanStep:
    if which in plan.by_name:
        return plan.by_name[which]
    if which.isdecimal() and int(which) < len(plan.steps):
        return plan.steps[int(which)]
    raise InvalidInputError("MLC950", f"the plan has no step `{which}`", "Compile the spec again.")


def _environment(options: argparse.Namespace) -> Mapping[str, Any]:
    beside = Path(options.plan).parent / ENVIRONMENT_FILE
    address = options.environment or (str(beside) if beside.is_file() else None)
    if address is None:
        return {}
    try:
        environment: dict[str, Any] = json.loads(read_address(address))
    except (OSError, ValueError) as error:
        raise InvalidInputError("MLC950", f"the environment `{address}` cannot be read: {error}") from error
    return environment


def _tell(error: StepError, code: int) -> int:
    text = f"{error.code}: {error.message}" + (f"\n  {error.help}" if error.help else "")
    print(text, file=sys.stderr)
    last_words(text)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m mlc_runtime", description="Runs the steps of a compiled pipeline.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    common = argparse.ArgumentParser(add_help=False)
    _add(common, "plan", "the plan's file, or its address in a bucket", required=True)
    _add(common, "store", "where artifacts live (default: what the environment says)")
    common.add_argument("--root", type=Path, default=Path(), help="the project's folder (default: this one)")
    _add(
        common,
        "environment",
        f"connections, secrets and the store, as JSON (default: `{ENVIRONMENT_FILE}` beside the plan)",
    )
    of_run = argparse.ArgumentParser(add_help=False, parents=[common])
    _add(of_run, "run", "the run's identifier", required=True)
    _add(of_run, "exchange", "the folder by which containers that the engine runs are reached")
    first = commands.add_parser("prepare", parents=[of_run], help="find out and write down the facts of a run")
    first.add_argument(
        "--set", action="append", default=[], metavar="NAME=TEXT", help="a parameter's text, or that as JSON"
    )
    first.add_argument("--as-of", metavar="TIME", help="the run's logical time")
    first.add_argument("--given", action="store_true", help="both are in the store, where the engine left them, too")
    first.set_defaults(run_command=_prepare)
    middle = commands.add_parser("tile", parents=[of_run], help="run a range of a step's tasks")
    middle.add_argument("--step", required=True, help="the step, by name or place in the plan")
    middle.add_argument("--tile", type=int, help="which range (default: the engine's array index, else 0)")
    middle.add_argument("--ints", type=Path, metavar="DIR", help="where to write the numbers of tiles that were found")
    middle.add_argument("--approved", choices=("yes", "no"), help="what a person told the engine about this step")
    middle.set_defaults(run_command=_tile)
    for name, command, help_ in (
        ("pending", _pending, "find the tasks whose containers the engine has to run"),
        ("fetch", _fetch, "lay out what the container of a task is to find"),
        ("commit", _commit, "commit what the container of a task left"),
    ):
        part = commands.add_parser(name, parents=[of_run], help=help_)
        part.add_argument("--step", required=True, help="the step, by name or place in the plan")
        if command is _pending:
            part.add_argument("--ints", type=Path, metavar="DIR", required=True, help="where to write their number")
        else:
            part.add_argument("--item", type=int, required=True, help="which of those that `pending` found")
        part.set_defaults(run_command=command)
    last = commands.add_parser("finish", parents=[of_run], help="count, judge and write the summary")
    last.set_defaults(run_command=_finish)
    server = commands.add_parser("serve", parents=[common], help="answer requests until told to end")
    server.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: this machine alone)")
    server.add_argument("--port", type=int, default=8080, help="the port; 0 for a free one (default: 8080)")
    _add(server, "alias", "which version answers: `live` (the default), or `candidate`, which was registered last")
    server.set_defaults(run_command=_serve)
    return parser


def _add(parser: argparse.ArgumentParser, name: str, help_: str, *, required: bool = False) -> None:
    """An option that an engine may also give as a variable, `MLC_NAME`, once for all the processes of a run."""
    variable = f"MLC_{name.upper()}"
    default = os.environ.get(variable)
    parser.add_argument(
        f"--{name}",
        default=default,
        required=required and default is None,
        help=f"{help_}; ${variable}",
    )


if __name__ == "__main__":
    sys.exit(main())
