"""A spec, its environment and its folder, as the commands that go beyond checking need them."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlc_compiler.check.facts import Program
from mlc_compiler.cli import exit as exits
from mlc_compiler.cli.optimiser import add_optimiser, optimiser_of, print_after, with_declared
from mlc_compiler.cli.place import STORE, store_path
from mlc_compiler.cli.report import report, verdict
from mlc_compiler.cli.targets import find_target
from mlc_compiler.driver import Checked, Compiled, check_environment, check_file, compile_checked
from mlc_compiler.graph.graph import Graph
from mlc_compiler.graph.step import Step
from mlc_compiler.layout import default_environment, spec_in
from mlc_compiler.passes.facts import Limits
from mlc_compiler.plan.override import override
from mlc_compiler.source.document import Document
from mlc_compiler.spec.environment import Environment
from mlc_compiler.target import Files, costs_of
from mlc_runtime.plan import Plan


@dataclass(frozen=True)
class Project:
    """A sound spec, compiled, with where it runs.

    Attributes:
        root: the folder of the spec: relative paths and the user's code start there.
        environment: where it runs; the default one where there is none.
        environment_root: the folder of the environment's file.
        documents: what was read, by the name that places carry.
        files: the names of the spec and of the environment.
    """

    root: Path
    checked: Checked
    compiled: Compiled
    environment: Environment
    environment_root: Path
    documents: Mapping[str, Document]
    files: Files

    @property
    def plan(self) -> Plan:
        """The plan as this environment runs it."""
        return override(self.compiled.plan, self.environment.overrides)

    def origin(self, step: str) -> str:
        """The place in the spec that a step comes from, as FILE:LINE."""
        return next(iter(self.places(self.compiled.graph.step[step])), "")

    def places(self, step: Step) -> tuple[str, ...]:
        """The places in the spec that a step comes from, each as FILE:LINE."""
        from mlc_compiler.explain.place import places

        return places(self.compiled.program, self.checked.documents, step)

    def settings(self) -> dict[str, Any]:
        """The environment as plain data, the folders and files of its connections absolute."""
        data = self.environment.model_dump(
            mode="json", by_alias=True, exclude_none=True, include={"connections", "secrets"}
        )
        for connection in data.get("connections", {}).values():
            if "path" in connection:
                connection["path"] = str(self.environment_root / connection["path"])
        return data

    def site(self) -> dict[str, Any]:
        """The environment as targets compile for it."""
        return site_of(self.environment, self.environment_root, self.root)

    def store(self) -> str:
        """Where artifacts live: the environment's store, else a folder beside the spec."""
        if self.environment.store is None:
            return str(self.root / STORE)
        return store_path(self.environment.store, self.environment_root)


def site_of(environment: Environment, folder: Path, root: Path) -> dict[str, Any]:
    """An environment as plain data without absolute paths, its overrides left out: they are in the plan.

    Args:
        environment: the environment.
        folder: of its file; paths in it start there.
        root: the project's folder, where the paths in the data start.
    """
    kept = {"store", "connections", "secrets", "image", "pools", "parallelism", "targets"}
    data = environment.model_dump(mode="json", by_alias=True, exclude_none=True, include=kept)
    for connection in data.get("connections", {}).values():
        if "path" in connection:
            connection["path"] = _relative(folder / connection["path"], root)
    return data


def _relative(path: Path, root: Path) -> str:
    return Path(os.path.relpath(path, root)).as_posix()


def add_project(parser: ArgumentParser) -> None:
    """The arguments that name a project."""
    parser.add_argument("spec", metavar="SPEC", help="the spec")
    add_environment(parser)


def add_environment(parser: ArgumentParser) -> None:
    """The arguments that say how a project is compiled."""
    parser.add_argument("--env", metavar="FILE", help="the environment; `environment.yaml` beside the spec by default")
    add_optimiser(parser)


def open_project(
    options: Namespace, costs: Limits | None = None, build: Callable[[Program], Graph] | None = None
) -> Project | int:
    """Check and compile a project, and report what is wrong; the exit code where it is not sound.

    Args:
        options: parsed.
        costs: what the target costs and allows; None for this machine.
        build: facts to graph; the whole spec's by default.
    """
    optimiser = optimiser_of(options, costs)
    if optimiser is None:
        return exits.WRONG_USAGE
    path = spec_in(Path(options.spec))
    checked = check_file(path, str(path))
    diagnostics, documents = list(checked.diagnostics), dict(checked.documents)
    chosen = Path(options.env) if options.env else default_environment(path.parent)
    loaded, found, read = check_environment(chosen, [checked])
    diagnostics += found
    documents |= read
    folder = path.parent if chosen is None else chosen.parent
    report(diagnostics, documents)
    code = verdict(diagnostics)
    if code:
        return code
    root = path.parent.resolve()
    compiled = compile_checked(checked, root, with_declared(optimiser, loaded.environment), build)
    print_after(options, compiled)
    report(compiled.diagnostics, documents)
    files = Files(str(path), loaded.file)
    return Project(root, checked, compiled, loaded.environment, folder.resolve(), documents, files)


def add_costs(parser: ArgumentParser) -> None:
    """The option that says whose costs the passes decide by."""
    parser.add_argument("--target", metavar="NAME", help="the target whose costs decide; this machine by default")


def open_with_costs(options: Namespace) -> Project | int:
    """Open a project as the target that the options name costs; the exit code where that cannot be done."""
    if options.target is None:
        return open_project(options)
    target = find_target(options.target)
    return exits.WRONG_USAGE if target is None else open_project(options, costs_of(target))
