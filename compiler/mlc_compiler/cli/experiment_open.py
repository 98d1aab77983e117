"""The experiment that a command line names, and the store in which its state is."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlc_compiler.check.facts import Experiment, Program
from mlc_compiler.cli import exit as exits
from mlc_compiler.cli.project import Project, open_project

if TYPE_CHECKING:
    from mlc_compiler.graph.graph import Graph
    from mlc_runtime.experiment.definition import Definition
    from mlc_runtime.revision import Revision
    from mlc_runtime.store.store import Store


@dataclass(frozen=True)
class Opened:
    """An experiment of a sound spec."""

    project: Project
    experiment: Experiment
    store: Store

    @property
    def program(self) -> Program:
        """The facts of the spec."""
        return self.project.compiled.program

    @property
    def pipeline(self) -> str:
        """The pipeline's name."""
        return self.program.spec.name

    @property
    def definition(self) -> Definition:
        """What the spec says that it is."""
        from mlc_compiler.graph.definition import definition
        from mlc_runtime.experiment.definition import load_definition

        return load_definition(definition(self.program, self.experiment))


def open_experiment(options: Namespace, build: Callable[[Program, str], Graph] | None = None) -> Opened | int:
    """Open the experiment that the options name; the exit code where that cannot be done.

    Args:
        options: parsed.
        build: what to compile; the whole spec by default.
    """
    from mlc_compiler.graph.experiment import UnknownExperimentError, experiment_of
    from mlc_runtime.store import open_store

    def made(program: Program) -> Graph:
        from mlc_compiler.graph.build import build as whole

        name = experiment_of(program, options.name).name
        return whole(program) if build is None else build(program, name)

    try:
        project = open_project(options, build=made)
    except UnknownExperimentError as error:
        print(error, file=sys.stderr)
        return exits.WRONG_USAGE
    if isinstance(project, int):
        return project
    store = open_store(project.store())
    return Opened(project, experiment_of(project.compiled.program, options.name), store)


def plain(revision: Revision | None) -> dict[str, Any] | None:
    """A revision as the log keeps it."""
    return None if revision is None else dict(revision)
