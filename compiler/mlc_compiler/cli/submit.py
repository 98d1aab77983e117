"""`mlc submit`: hand a pipeline to an engine."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from mlc_compiler.cli import exit as exits
from mlc_compiler.cli.given import add_given, given_of
from mlc_compiler.cli.project import add_project, open_project


def arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_project(parser)
    parser.add_argument(
        "--target", metavar="NAME", help="the target; the one that the environment has settings of by default"
    )
    parser.add_argument("--as-of", metavar="TIME", help="the logical time; found in the data by default")
    add_given(parser)


def run(options: Namespace) -> int:
    """Compile, install or update, start; print the run's name."""
    from mlc_compiler.cli.engine import find_submitter, guarded
    from mlc_compiler.cli.suitable import online_plans, suit_project
    from mlc_compiler.driver import check_environment
    from mlc_compiler.layout import default_environment, spec_in
    from mlc_compiler.target import Server, costs_of

    spec = spec_in(Path(options.spec))
    file = Path(options.env) if options.env else default_environment(spec.parent)
    target = find_submitter(options.target, check_environment(file)[0].environment.targets)
    if target is None:
        return exits.WRONG_USAGE
    project = open_project(options, costs_of(target))
    if isinstance(project, int):
        return project
    given = given_of(options, project.plan.params)
    if given is None:
        return exits.WRONG_USAGE
    suited = suit_project(target, project)
    if isinstance(suited, int):
        return suited

    def submit() -> int:
        online = online_plans(project) if isinstance(target, Server) else ()
        print(target.submit(project.plan, online, project.site(), given, options.as_of))
        print("`mlc status RUN --follow` tells how it goes", file=sys.stderr)
        return exits.DONE

    return guarded(submit)
