"""`mlc graph`: the graph of a spec, as lines, a picture or data."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from mlc_compiler.cli import exit as exits

if TYPE_CHECKING:
    from mlc_compiler.cli.project import Project
    from mlc_compiler.draw.drawing import Drawing
    from mlc_compiler.draw.marks import Marks
    from mlc_compiler.graph.graph import Graph
    from mlc_compiler.graph.step import Step

ENDINGS = {".txt": "text", ".svg": "svg", ".html": "html", ".mmd": "mermaid", ".dot": "dot", ".json": "json"}
"""The form that a file's ending asks for."""


def arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments."""
    from mlc_compiler.cli.project import add_costs, add_project

    add_project(parser)
    parser.add_argument(
        "--format",
        choices=("outline", "text", "svg", "html", "mermaid", "dot", "json"),
        help="outline for people, text for programs to read back; by default as FILE ends, or outline",
    )
    add_costs(parser)
    parser.add_argument("--compare", action="store_true", help="the graph as written beside the optimised one")
    parser.add_argument("--out", metavar="FILE", help="where it is written; standard output by default")


def run(options: Namespace) -> int:
    """Draw."""
    from mlc_compiler.cli.project import open_with_costs
    from mlc_compiler.cli.write import write_files

    out = Path(options.out) if options.out else None
    form = options.format or (ENDINGS.get(out.suffix) if out else "outline")
    if form is None:
        print(
            f"`{out}` does not say in which form: end it in {', '.join(ENDINGS)}, or give `--format`", file=sys.stderr
        )
        return exits.WRONG_USAGE
    project = open_with_costs(options)
    if isinstance(project, int):
        return project
    if form == "text":
        text = _text(project.compiled.built, project.compiled.graph, compare=options.compare)
    else:
        text = _drawn(project, form, level=options.level, compare=options.compare)
    if out is None:
        sys.stdout.write(text)
        return exits.DONE
    if not write_files({out: text.encode()}):
        return exits.UNREACHABLE
    print(out)
    return exits.DONE


def _text(built: Graph, graph: Graph, *, compare: bool) -> str:
    """The form that parses back; compared, a unified difference of two of them."""
    from difflib import unified_diff

    from mlc_compiler.graph.text import dump

    if not compare:
        return dump(graph)
    before, after = dump(built).split("\n")[:-1], dump(graph).split("\n")[:-1]
    return "".join(f"{line}\n" for line in unified_diff(before, after, "-O0", "optimised", lineterm=""))


def _drawn(project: Project, form: str, *, level: int, compare: bool) -> str:
    from mlc_compiler.draw.drawing import drawing
    from mlc_compiler.draw.forms import FORMS
    from mlc_compiler.draw.marks import marks
    from mlc_compiler.explain.changes import changes
    from mlc_compiler.explain.step import details

    compiled, title = project.compiled, project.plan.name

    def described(graph: Graph, note: str, marks: Marks) -> Drawing:
        def told(step: Step) -> dict[str, str]:
            return {"in the spec": "\n".join(project.places(step)), **details(graph, step.name, compiled.facts)}

        return drawing(graph, title, note, told, marks)

    if not compare:
        return FORMS[form]([described(compiled.graph, f"-O{level}", {})])
    before, after = marks(changes(compiled.built, compiled.graph))
    drawings = (
        described(compiled.built, "-O0, as written", before),
        described(compiled.graph, f"-O{level}, optimised", after),
    )
    return FORMS[form](drawings)
