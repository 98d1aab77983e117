"""`mlc serve`: answers requests with the live models, here."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mlc_compiler.cli import exit as exits
from mlc_compiler.cli.project import add_project

if TYPE_CHECKING:
    from mlc_compiler.check.facts import Program
    from mlc_compiler.cli.project import Project
    from mlc_compiler.graph.graph import Graph
    from mlc_runtime.plan import Plan, PlanStep
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
    from mlc_compiler.cli.project import open_project
    from mlc_compiler.graph.online import NotServedError, described, online_graph
    from mlc_compiler.spec.serving import Online
    from mlc_runtime.errors import InfrastructureError, StepError

    name: list[str] = []

    def build(program: Program) -> Graph:
        online = [each.name for each in program.servings.values() if isinstance(each.spec, Online)]
        name.append(options.name or (online[0] if len(online) == 1 else ""))
        if not name[0]:
            raise NotServedError(f"say which serving: {', '.join(online) or 'the spec has no online one'}")
        return online_graph(program, name[0])

    try:
        from mlc_runtime.serving.process import serve
    except ModuleNotFoundError as error:
        print(f"`{error.name}` is not installed: `pip install 'mlc-compiler[serve]'`", file=sys.stderr)
        return exits.WRONG_USAGE
    # The steps stay as they are written: what a request takes is told from what it does not.
    options.no_pass += ["hoist", "share", "fuse", "tile"]
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
        return exits.RUN_FAILED if service is None else serve(service, options.host, options.port)
    except (InfrastructureError, StepError) as error:
        print(f"{error.code}: {error.message}. {error.help}".rstrip(), file=sys.stderr)
        return exits.UNREACHABLE if isinstance(error, InfrastructureError) else exits.RUN_FAILED


def _service(project: Project, options: Namespace, description: dict[str, Any]) -> Service | None:
    """The service over a snapshot that a run has made; None, with a report, where that failed."""
    from mlc_compiler.cli.failures import failures
    from mlc_compiler.cli.targets import find_target
    from mlc_compiler.target import Runner
    from mlc_runtime.serving.service import Service, load_description
    from mlc_runtime.store import open_store
    from mlc_runtime.values import decode

    target = find_target("local")
    assert isinstance(target, Runner)
    plan = project.plan
    kept = _snapshot_steps(plan)
    result = target.run(
        replace(plan, steps=tuple(replace(step, root=True) for step in kept)),
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
    if result.verdict != "done":
        for line in failures(project, result, options.spec):
            print(line, file=sys.stderr)
        return None
    state = result.state
    snapshot = {
        step.name: {
            port: decode(output, state.store)
            for port, output in state.ledger.record(state.object(step, {})).outputs.items()
        }
        for step in state.plan.steps
    }
    return Service(
        load_description(description),
        plan,
        state.bind,
        snapshot,
        open_store(project.store()),
        project.root,
        project.settings(),
    )


def _snapshot_steps(plan: Plan) -> list[PlanStep]:
    """The steps that do not hang on a request."""
    asked = set[str]()
    found = []
    for step in plan.steps:
        if step.op == "given" or any(edge.step in asked for edge in step.inputs):
            asked.add(step.name)
        else:
            found.append(step)
    return found
