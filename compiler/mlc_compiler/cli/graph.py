"""`mlc graph`: the graph of a spec, printed."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from mlc_compiler.cli import exit as exits


def arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments."""
    from mlc_compiler.cli.project import add_project

    add_project(parser)


def run(options: Namespace) -> int:
    """Print one line an axis and one line a step."""
    from mlc_compiler.cli.project import open_project
    from mlc_compiler.graph.text import dump

    project = open_project(options)
    if isinstance(project, int):
        return project
    print(dump(project.compiled.graph), end="")
    return exits.DONE
