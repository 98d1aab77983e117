"""What a project's own modules define; they are read, never imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from mlc_compiler.check.calls import MAX_BYTES

_MOST: Final = 50
"""Modules that are looked at: a project has few, and an answer is waited for."""


class Defined(NamedTuple):
    """A function or a class, as `use` names it.

    Attributes:
        use: such as `functions:cost`.
        kind: what it is.
        summary: the first line of its docstring.
    """

    use: str
    kind: str
    summary: str


def defined(root: Path) -> Iterator[Defined]:
    """The functions and classes of the modules that lie directly in a project's folder."""
    for file in sorted(root.glob("*.py"))[:_MOST]:
        try:
            tree = ast.parse(file.read_bytes()) if file.stat().st_size <= MAX_BYTES else None
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for node in tree.body if tree is not None else ():
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                kind = "class" if isinstance(node, ast.ClassDef) else "function"
                yield Defined(f"{file.stem}:{node.name}", kind, (ast.get_docstring(node) or "").partition("\n")[0])
