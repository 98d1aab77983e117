"""`mlc explain`: a diagnostic's code at length, or what a spec or a step of it becomes."""

from __future__ import annotations

import json
import re
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from mlc_compiler.cli import exit as exits

if TYPE_CHECKING:
    from mlc_compiler.cli.project import Project

_CODE = re.compile(r"MLC\d{3}", re.IGNORECASE)


def arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments."""
    from mlc_compiler.cli.project import add_costs, add_environment
    from mlc_compiler.cli.report import add_format

    parser.add_argument("what", metavar="CODE|SPEC", help="a diagnostic's code, such as MLC301, or a spec")
    parser.add_argument("step", nargs="?", metavar="STEP", help="a step of the spec; `mlc graph SPEC` lists them")
    add_format(parser, "text", "json")
    add_costs(parser)
    add_environment(parser)


def run(options: Namespace) -> int:
    """Print the page of a code, what the passes did to a spec, or all about a step."""
    if _CODE.fullmatch(options.what):
        return _page(options.what.upper(), options.step)
    if not Path(options.what).exists():
        print(f"`{options.what}` is neither a file nor a code; codes look like MLC301", file=sys.stderr)
        return exits.WRONG_USAGE
    from mlc_compiler.cli.project import open_with_costs

    options.spec = options.what
    project = open_with_costs(options)
    if isinstance(project, int):
        return project
    if options.step is None:
        return _report(project, options.level, options.format)
    return _step(project, options.step, options.format)


def _page(code: str, step: str | None) -> int:
    from mlc_compiler.diagnostics.catalogue import codes, page

    if code not in codes() or step is not None:
        print(f"there is no {code}" if code not in codes() else f"{code} has no steps", file=sys.stderr)
        return exits.WRONG_USAGE
    print(page(code).text, end="")
    return exits.DONE


def _report(project: Project, level: int, form: str) -> int:
    from mlc_compiler.explain.data import report_data
    from mlc_compiler.explain.report import report
    from mlc_compiler.explain.text import report_lines

    compiled = project.compiled
    found = report(project.plan.name, level, compiled.built, compiled.graph, compiled.receipts, compiled.facts)
    _print([json.dumps(report_data(found), indent=2)] if form == "json" else report_lines(found))
    return exits.DONE


def _step(project: Project, name: str, form: str) -> int:
    from mlc_compiler.explain.changes import changes
    from mlc_compiler.explain.data import step_data
    from mlc_compiler.explain.step import about
    from mlc_compiler.explain.text import change_line, step_lines
    from mlc_compiler.expression.problem import did_you_mean, nearest

    built, graph = project.compiled.built, project.compiled.graph
    if name not in built.step and name not in graph.step:
        close = [step.name for step in built.steps if step.name.startswith(f"{name}.")]
        close = close or [step.name for step in built.steps if name in step.name]
        if len(close) != 1:
            near = nearest(name, built.step)
            told = did_you_mean(near) if near and not close else f"there are: {', '.join(close or built.step)}"
            print(f"there is no step `{name}`; {told}", file=sys.stderr)
            return exits.WRONG_USAGE
        name = close[0]
    gone = [] if name in graph.step else [change for change in changes(built, graph) if change.step == name]
    shown = next((change.into for change in gone if change.into), name)
    whole = graph if shown in graph.step else built
    found, places = about(whole, shown, project.compiled.facts), project.places(whole.step[shown])
    if form == "json":
        _print([json.dumps(step_data(found, places), indent=2)])
    else:
        _print([*map(change_line, gone), *step_lines(found, places)])
    return exits.DONE


def _print(lines: Iterable[str]) -> None:
    from mlc_compiler.diagnostics.visible import visible

    for line in lines:
        print(visible(line, "\n"))
