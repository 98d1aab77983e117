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
from mlc_compiler.cli.table import table


def arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("action", choices=("list", "show"))
    parser.add_argument("run", nargs="?", metavar="RUN", help="a run, or the beginning of its name")
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
        print(f"no runs in {store_of(options)}")
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
    print(json.dumps(shown, indent=2) if options.format == "json" else "\n".join(_show(shown)))
    return exits.DONE


def _list(found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    rows = [["run", "pipeline", "verdict", "who", "revision", "seconds"]]
    rows += [
        [
            run["run"],
            run.get("pipeline") or "-",
            run.get("verdict") or "-",
            run.get("who") or "-",
            _revision(run),
            "-" if run.get("seconds") is None else f"{run['seconds']:.1f}",
        ]
        for run in found
    ]
    yield from table(rows)


def _revision(run: Mapping[str, Any]) -> str:
    revision = run.get("revision")
    if not revision:
        return "-"
    return f"{revision['commit'][:10]}{'+' if revision.get('dirty') else ''}"


def _show(run: Mapping[str, Any]) -> Iterator[str]:
    for name in ("run", "pipeline", "verdict", "who", "when", "seconds", "plan", "as_of"):
        if run.get(name) is not None:
            yield f"{name:<12}{run[name]}"
    yield f"{'revision':<12}{_revision(run)}"
    for name, value in (run.get("parameters") or {}).items():
        yield f"{'set':<12}{name}={value}"
    steps = run.get("steps") or []
    if steps:
        rows = [["step", "tasks", "done", "stored", "same", "failed", "missing", "seconds"]]
        rows += [
            [step["name"], *(str(step.get(field, "-")) for field in rows[0][1:-1]), f"{step.get('seconds', 0):.2f}"]
            for step in steps
        ]
        yield from table(rows)
