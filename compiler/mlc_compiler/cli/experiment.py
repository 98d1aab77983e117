"""`mlc experiment`: which arm is better."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from functools import partial
from pathlib import Path
from typing import Any

from mlc_compiler.cli import exit as exits
from mlc_compiler.cli.project import add_project, open_project
from mlc_compiler.cli.report import add_format


def arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("action", choices=("replay",), help="replay: what the held-out past says")
    add_project(parser)
    parser.add_argument("name", metavar="NAME", help="the experiment")
    parser.add_argument("--as-of", metavar="TIME", help="the logical time; by default the latest known")
    parser.add_argument("--html", metavar="FILE", help="write a page with pictures, too")
    add_format(parser, "text", "json")


def run(options: Namespace) -> int:
    """Run what the analysis needs, and tell what follows."""
    analysis = _replay(options)
    if isinstance(analysis, int):
        return analysis
    if options.html:
        from mlc_compiler.experiment.page import page

        Path(options.html).write_text(page(analysis), encoding="utf-8")
    if options.format == "json":
        print(json.dumps(analysis, indent=2))
    else:
        from mlc_compiler.experiment.words import lines

        print("\n".join(lines(analysis)))
    return exits.DONE


def _replay(options: Namespace) -> dict[str, Any] | int:
    """The analysis of a replay; the exit code where there is none."""
    from mlc_compiler.cli.here import run_here
    from mlc_compiler.graph.experiment import UnknownExperimentError, analysis_name, replay_graph
    from mlc_runtime.results import values

    try:
        project = open_project(options, build=partial(replay_graph, name=options.name))
    except UnknownExperimentError as error:
        print(error, file=sys.stderr)
        return exits.WRONG_USAGE
    if isinstance(project, int):
        return project
    run = run_here(project, project.plan, options)
    return run if isinstance(run, int) else dict(values(run, analysis_name(options.name), "analysis")[0][1])
