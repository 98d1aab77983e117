"""`mlc serve`: answers requests with the live models, here."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mlc_compiler.cli import exit as exits
from mlc_compiler.cli.project import Project, add_project, open_project

if TYPE_CHECKING:
    from mlc_compiler.check.facts import Program
    from mlc_compiler.graph.graph import Graph
    from mlc_runtime.serving.service import Service


def arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_project(parser)
    parser.add_argument("name", nargs="?", metavar="NAME", help="the serving; not needed where there is one")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on; this machine alone by default")
    parser.add_argument("--port", type=int, default=8080, help="the port; 0 for a free one")
    parser.add_argument("--as-of", metavar="TIME", help="the moment of the snapshot; by default the latest known")


def run(options: Namespace) -> int:
    """Make the snapshot, load the live models, and answer until told to end."""
    from mlc_compiler.cli.failures import refused
    from mlc_compiler.graph.online import AS_WRITTEN, NotServedError, described, online_graph
    from mlc_compiler.spec.serving import Online
    from mlc_runtime.errors import StepError

    name: list[str] = []

    def build(program: Program) -> Graph:
        online = [each.name for each in program.servings.values() if isinstance(each.spec, Online)]
        name.append(options.name or (online[0] if len(online) == 1 else ""))
        if not name[0]:
            which = f"say which serving: {', '.join(online)}" if online else "the spec has no serving of `mode: online`"
            raise NotServedError(which)
        return online_graph(program, name[0])

    try:
        from mlc_runtime.serving.process import serve
    except ModuleNotFoundError as error:
        print(f"`{error.name}` is not installed: `pip install 'mlc-compiler[serve]'`", file=sys.stderr)
        return exits.WRONG_USAGE
    options.no_pass += AS_WRITTEN
    try:
        project = open_project(options, build=build)
    except NotServedError as error:
        print(error, file=sys.stderr)
        return exits.WRONG_USAGE
    if isinstance(project, int):
        return project
    program = project.compiled.program
    try:
        service = _service(project, options, described(program, program.servings[name[0]]))
        return service if isinstance(service, int) else serve(service, options.host, options.port)
    except StepError as error:
        return refused(project, error)


def _service(project: Project, options: Namespace, description: dict[str, Any]) -> Service | int:
    """The service over a snapshot that a run has made; the exit code, with a report, where that failed."""
    from mlc_compiler.cli.here import run_here
    from mlc_runtime.serving.service import Service, load_description
    from mlc_runtime.serving.snapshot import read_snapshot, snapshot_steps
    from mlc_runtime.store import open_store

    plan = project.plan
    asked_for = tuple(replace(step, root=True) for step in snapshot_steps(plan))
    again = f"mlc serve {options.spec} {description['name']}"
    run = run_here(project, replace(plan, steps=asked_for), options, again)
    if isinstance(run, int):
        return run
    snapshot, store = read_snapshot(run), open_store(project.store())
    return Service(load_description(description), plan, run.bind, snapshot, store, project.root, project.settings())
