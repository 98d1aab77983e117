"""`mlc runs`: who ran what and when, and what came out."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mlc_compiler.cli import exit as exits
from mlc_compiler.cli.place import add_store, store_of
from mlc_compiler.cli.report import add_format
from mlc_compiler.cli.summary import moment, summary
from mlc_compiler.cli.table import table


def arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("action", choices=("list", "show"))
    parser.add_argument("run", nargs="?", metavar="RUN", help="a run, or the beginning of its name")
    parser.add_argument(
        "--profile", action="store_true", help="print what the run measured, for `mlc compile --profile`"
    )
    add_store(parser)
    add_format(parser, "text", "json")


def run(options: Namespace) -> int:
    """List the runs of a store, or show one."""
    from mlc_compiler.cli.targets import find_target
    from mlc_compiler.target import Runner
    from mlc_runtime.errors import InfrastructureError, StepError

    target = find_target("local")
    if target is None:
        return exits.WRONG_USAGE
    assert isinstance(target, Runner)
    try:
        found = target.runs(store_of(options))
    except (InfrastructureError, StepError) as error:
        print(f"{error.code}: {error.message}. {error.help}".rstrip(), file=sys.stderr)
        return exits.UNREACHABLE
    if options.action == "list" and options.run:
        print(f"`mlc runs list` takes no name; did you mean `--spec {options.run}`?", file=sys.stderr)
        return exits.WRONG_USAGE
    if options.action == "list" and not found and options.format == "text":
        print(f"no runs in {store_of(options)}; `--spec SPEC` names the project of a spec")
        return exits.DONE
    if options.action == "list":
        lines = [json.dumps(found, indent=2)] if options.format == "json" else list(_list(found))
        print("\n".join(lines))
        return exits.DONE
    chosen = [run for run in found if options.run and run["run"].startswith(options.run)]
    if len(chosen) != 1:
        what = "name a run" if not options.run else f"{len(chosen) or 'no'} runs begin with `{options.run}`"
        print(f"{what}; `mlc runs list` lists them", file=sys.stderr)
        return exits.WRONG_USAGE
    shown = target.show(store_of(options), chosen[0]["run"])
    if options.profile:
        from mlc_compiler.passes.profile import profile_of

        print(profile_of(shown["steps"]), end="")
        return exits.DONE
    print(json.dumps(shown, indent=2) if options.format == "json" else "\n".join(_show(shown)))
    return exits.DONE


def _list(found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    head = ["run", "pipeline", "verdict", "who", "when", "as of", "revision", "seconds", "metrics"]
    yield from table([head, *map(_row, found)])


def _row(run: Mapping[str, Any]) -> list[str]:
    return [
        run["run"],
        run["pipeline"],
        run["verdict"],
        run["who"],
        moment(run["when"]),
        "-" if run["as_of"] is None else moment(run["as_of"]),
        _revision(run),
        "-" if run["seconds"] is None else f"{run['seconds']:.1f}",
        _metrics(run["metrics"]),
    ]


def _metrics(metrics: Mapping[str, Mapping[str, float | None]]) -> str:
    """The first metric of each training, which is what the list has room for."""
    firsts = ((name, next(iter(scores.items()), None)) for name, scores in metrics.items())
    told = [f"{name} {first[0]} {first[1]:.4g}" for name, first in firsts if first and first[1] is not None]
    return ", ".join(told) or "-"


def _revision(run: Mapping[str, Any]) -> str:
    revision = run["revision"]
    if not revision:
        return "-"
    return f"{revision['commit'][:10]}{'+' if revision['dirty'] else ''}"


def _show(run: Mapping[str, Any]) -> Iterator[str]:
    for name in ("run", "pipeline", "verdict", "who", "when", "host", "seconds", "plan", "until"):
        if run[name] is not None:
            yield f"{name:<10}{run[name]}"
    yield f"{'revision':<10}{_revision(run)}"
    for name, value in run["parameters"].items():
        yield f"{'set':<10}{name}={value}"
    if run["trouble"] is not None:
        yield f"{'trouble':<10}{run['trouble']['code']}: {run['trouble']['message']}"
    for failed in run["failures"]:
        yield from _failed(failed)
    if run["found"]:
        yield from summary(run["found"])
    elif run["as_of"] is not None:
        yield f"as of {moment(run['as_of'])} {run['timezone']}"
    if run["steps"]:
        counts = ("tasks", "done", "stored", "same", "shared", "failed", "missing", "seconds")
        rows = [["-" if step[name] is None else str(step[name]) for name in ("name", *counts)] for step in run["steps"]]
        yield from table([["step", *counts], *rows])


def _failed(failed: Mapping[str, Any]) -> Iterator[str]:
    """Tasks that failed alike: which, why, and which entry of the spec they come from."""
    at = ", ".join(f"{field}={value!r}" for field, value in failed["coordinates"].items())
    more = sum(failed["tasks"].values()) - 1
    alike = f" and {more:,} more alike" if more else ""
    yield f"{'failed':<10}{failed['step']}{f' [{at}]' if at else ''}{alike}"
    lines = [f"{failed['code']}: {failed['message']}"]
    lines += [f"at {'.'.join(map(str, path))}" for path in failed["origin"][:1]]
    lines += [f"help: {failed['help']}"] if failed["help"] else []
    yield from (f"{'':<10}{line}" for line in lines)
