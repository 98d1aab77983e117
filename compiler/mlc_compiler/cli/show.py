"""`mlc show`: what a step gave in a run, on the screen or in a file."""

from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mlc_compiler.cli import exit as exits
from mlc_compiler.cli.place import store_of
from mlc_compiler.cli.report import add_format
from mlc_compiler.cli.table import table
from mlc_runtime.errors import InfrastructureError, StepError

_WIDEST = 32
"""Letters of a cell that are shown."""


def arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("spec", metavar="SPEC", help="the spec")
    parser.add_argument("step", nargs="?", metavar="STEP", help="the step; without one, they are listed")
    parser.add_argument("--port", metavar="NAME", help="which of its outputs; a table or a model by default")
    parser.add_argument(
        "--at", action="append", default=[], metavar="FIELD=VALUE", help="which of its tasks; the first by default"
    )
    parser.add_argument("--run", dest="of", metavar="RUN", help="which run; the latest by default")
    parser.add_argument("--rows", type=int, default=10, metavar="N", help="how many rows of a table; 10 by default")
    parser.add_argument("--out", metavar="FILE", help="write it: a table to .parquet, .csv or .arrow, a model to .pkl")
    parser.add_argument("--env", metavar="FILE", help="the environment; `environment.yaml` beside the spec by default")
    parser.add_argument("--store", metavar="DIR", help="the store itself")
    add_format(parser, "text", "json")


def run(options: Namespace) -> int:
    """List the steps of a run, or show what a task of one gave."""
    from mlc_compiler.cli.targets import find_target
    from mlc_compiler.layout import spec_in
    from mlc_compiler.source.read import read_file
    from mlc_compiler.spec.load import load_spec
    from mlc_compiler.target import Runner

    target = find_target("local")
    if target is None:
        return exits.WRONG_USAGE
    assert isinstance(target, Runner)
    options.spec = str(spec_in(Path(options.spec)))
    pipeline = load_spec(read_file(Path(options.spec), options.spec)).spec.name
    at = dict(item.partition("=")[::2] for item in options.at)
    out = None if options.out is None else Path(options.out)
    try:
        if options.step is None:
            listed = target.steps(store_of(options), pipeline, options.of)
            print(json.dumps(listed, indent=2) if options.format == "json" else "\n".join(_steps(listed)))
            return exits.DONE
        chosen = {"run": options.of, "port": options.port, "at": at, "rows": max(0, options.rows), "out": out}
        found = target.look(store_of(options), pipeline, options.step, **chosen)
    except StepError as error:
        print(f"{error.code}: {error.message}. {error.help}".rstrip(), file=sys.stderr)
        return exits.UNREACHABLE if isinstance(error, InfrastructureError) else exits.WRONG_USAGE
    except OSError as error:
        print(f"`{options.out}` cannot be written: {os.strerror(error.errno or 0)}", file=sys.stderr)
        return exits.UNREACHABLE
    if options.format == "json":
        print(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        print("\n".join(_value(found, out)))
    return exits.DONE


def _steps(listed: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    rows = [
        (
            step["step"],
            "?" if step["tasks"] is None else f"{step['tasks']:,}",
            ", ".join(f"{port}: {type_}" if port != type_ else port for port, type_ in step["outputs"].items()),
        )
        for step in listed
    ]
    yield from table([("step", "tasks", "outputs"), *rows])


def _value(found: Mapping[str, Any], out: Path | None) -> Iterator[str]:
    at = "".join(f", {name.removeprefix('$')}={_cell(value)}" for name, value in found["at"].items())
    more = f" (the first of {found['tasks']:,} tasks; `--at` chooses)" if found["tasks"] > 1 else ""
    yield f"{found['step']}.{found['port']}{at}{more}"
    match found["kind"]:
        case "table":
            head = list(found["columns"])
            yield from table([head, *([_cell(row[name]) for name in head] for row in found["rows"])])
            yield f"{len(found['rows']):,} of {found['count']:,} rows"
        case "json":
            yield json.dumps(found["value"], indent=2, ensure_ascii=False)
        case kind:
            yield f"a {kind} of {found['size']:,} bytes" + ("" if out else ", which `--out FILE` copies")
    if out is not None:
        yield f"written to {out}"
    others = [port for port in found["outputs"] if port != found["port"]]
    if others:
        yield f"other outputs: {', '.join(others)}"


def _cell(value: object) -> str:
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 3]}..."
