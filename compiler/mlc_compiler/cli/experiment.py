"""`mlc experiment`: which arm is better."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlc_compiler.cli import exit as exits
from mlc_compiler.cli.project import add_project
from mlc_compiler.cli.report import add_format

if TYPE_CHECKING:
    from mlc_compiler.check.facts import Program
    from mlc_compiler.graph.graph import Graph


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
    from mlc_compiler.cli.failures import failures
    from mlc_compiler.cli.project import open_project
    from mlc_compiler.cli.run import CODES
    from mlc_compiler.cli.targets import find_target
    from mlc_compiler.graph.experiment import analysis_name, replay_graph
    from mlc_compiler.target import Runner
    from mlc_runtime.errors import InfrastructureError, StepError
    from mlc_runtime.results import values

    unknown: list[str] = []

    def build(program: Program) -> Graph:
        if options.name not in program.experiments:
            unknown.append(", ".join(f"`{name}`" for name in program.experiments) or "none")
            raise KeyError(options.name)
        return replay_graph(program, options.name)

    try:
        project = open_project(options, build=build)
    except KeyError:
        print(f"there is no experiment `{options.name}`; the spec has {unknown[0]}", file=sys.stderr)
        return exits.WRONG_USAGE
    if isinstance(project, int):
        return project
    target = find_target("local")
    if target is None:
        return exits.WRONG_USAGE
    assert isinstance(target, Runner)
    try:
        result = target.run(
            project.plan,
            root=project.root,
            environment=project.settings(),
            store_path=project.store(),
            jobs=project.environment.parallelism,
            parameters={},
            as_of=options.as_of,
            until=None,
            fresh=False,
            recompute=False,
        )
    except (InfrastructureError, StepError) as error:
        print(f"{error.code}: {error.message}. {error.help}".rstrip(), file=sys.stderr)
        return exits.UNREACHABLE if isinstance(error, InfrastructureError) else exits.RUN_FAILED
    if result.verdict != "done":
        for line in failures(project, result, options.spec):
            print(line, file=sys.stderr)
        return CODES[result.verdict]
    return dict(values(result.state, analysis_name(options.name), "analysis")[0][1])
