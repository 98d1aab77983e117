"""Warnings of imports in the user's code that only running it can tell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_compiler.graph.graph import Graph
from mlc_compiler.plan.code import Closures
from mlc_compiler.source.place import Place


def untold_imports(graph: Graph, file: str, code: Closures) -> Iterator[Diagnostic]:
    """Find the imports of which a key cannot tell, each at the first call of the spec that reaches it.

    Their target is computed, or lies behind a link out of the repository.

    Args:
        graph: its steps name the modules that they call.
        file: the spec's name.
        code: what those reach.
    """
    told: set[tuple[str, int]] = set()
    for step in graph.steps:
        for name in code[step.code].outside:
            if (name, 0) not in told:
                told.add((name, 0))
                yield Diagnostic(
                    "MLC902",
                    f"`{name}` is a link out of the repository",
                    Place(file, step.origin[0]),
                    why="what a stranger's spec may read ends there, so changing that file runs nothing again",
                    help="copy it into the repository, or install it as a package",
                    severity="warning",
                )
        for where in code[step.code].unresolved:
            if where in told:
                continue
            told.add(where)
            module, line = where
            folder = Path(module).parent.as_posix()
            yield Diagnostic(
                "MLC902",
                f"`{module}`, line {line}, imports what only running it tells",
                Place(file, step.origin[0]),
                why=f"changing any file in `{folder}` runs what uses it again, and changing what it imports from "
                "elsewhere does not",
                help="import by a name that stands in the code",
                severity="warning",
            )
