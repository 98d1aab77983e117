"""Calls of the user's own code: what the project certainly lacks. Code is read, never imported."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from mlc_compiler.check.entries import Entries
from mlc_compiler.check.facts import Program
from mlc_compiler.check.metrics import is_code
from mlc_compiler.check.settings import settings
from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_compiler.source.boundary import leads_out
from mlc_compiler.source.place import Place
from mlc_compiler.source.there import exists, is_file, is_folder

MAX_BYTES = 1_000_000
"""The largest module that is read."""


def check_calls(program: Program, entries: Entries, root: Path) -> list[Diagnostic]:
    """Calls of functions that their module in the project does not have, and of modules that look misspelt.

    What is installed is nobody's business here: a module that the project does not have may be there where it runs.
    """
    own = _modules(root)
    found: dict[Diagnostic, None] = {}
    for use, place in _uses(program, entries):
        diagnostic = _check(use, place, root, own)
        if diagnostic is not None:
            found[diagnostic] = None
    return list(found)


def _uses(program: Program, entries: Entries) -> Iterator[tuple[str, Place]]:
    for file in entries.files:
        for name, source in file.spec.sources.items():
            if source.use is not None:
                yield source.use, file.place("sources", name, "use")
        for name, group in file.spec.features.items():
            if group.use is not None:
                yield group.use, file.place("features", name, "use")
    for training in program.trainings.values():
        for setting in settings(training):
            for candidate in (each for candidates in setting.calls.values() for each in candidates):
                yield candidate.call.use, candidate.place.child("use")
        for position, metric in enumerate(training.spec.metrics):
            if is_code(metric.use):
                yield metric.use, training.place.child("metrics", position, "use")
    for name, step in entries.spec.steps.items():
        if step.use is not None:
            yield step.use, entries.main.place("steps", name, "use")


def _modules(root: Path) -> frozenset[str]:
    """The names that can be imported from the project's folder: modules, and folders of modules."""
    try:
        return frozenset(path.stem for path in root.iterdir() if path.suffix == ".py" or "." not in path.name)
    except OSError:
        return frozenset()


def _check(use: str, place: Place, root: Path, own: frozenset[str]) -> Diagnostic | None:
    module, _, name = use.partition(":") if ":" in use else use.rpartition(".")
    head, *rest = module.split(".")
    if head in own:
        file = root.joinpath(head, *rest)
        for candidate in (file.with_suffix(".py"), file / "__init__.py"):
            if is_file(candidate):
                return _lacking(module, name.split(".")[0], candidate, place)
        return None
    near = get_close_matches(head, sorted(own), n=1, cutoff=0.8) if head not in sys.stdlib_module_names else []
    if not near:
        return None
    return Diagnostic(
        "MLC901",
        f"the project has no module `{head}`",
        place,
        why="if nothing of that name is installed where it runs, the run fails there",
        help=f"did you mean `{near[0]}`?",
        severity="warning",
    )


def _lacking(module: str, name: str, file: Path, place: Place) -> Diagnostic | None:
    """A finding where a module certainly has no such name."""
    names = _names(file)
    if names is None or name in names or exists(file.parent / f"{name}.py") or is_folder(file.parent / name):
        return None
    near = get_close_matches(name, sorted(names), n=1)
    shown = [f"`{each}`" for each in sorted(names) if not each.startswith("_")][:8]
    help_ = f"did you mean `{near[0]}`?" if near else f"it has {', '.join(shown)}" if shown else "it defines nothing"
    return Diagnostic("MLC901", f"`{module}` has no `{name}`", place, help=help_)


def _names(file: Path) -> frozenset[str] | None:
    """The names that a module binds; None where only running it tells, or it cannot be read."""
    try:
        if leads_out(file) or file.stat().st_size > MAX_BYTES:
            return None
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    names: set[str] = set()
    for node in _at_top(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Name(id=name, ctx=ast.Store()):
                names.add(name)
            case ast.Name(id="globals" | "exec" | "eval" | "setattr" | "vars"):
                return None
            case ast.alias(name="*"):
                return None
            case ast.alias(name=name, asname=other):
                names.add(other or name.partition(".")[0])
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                names.add(name)
    declared = {name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names}
    return None if "__getattr__" in names else frozenset(names | declared)


def _at_top(node: ast.AST) -> Iterator[ast.AST]:
    """What a module runs itself: all of it but the bodies of functions and classes."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            yield from _at_top(child)
