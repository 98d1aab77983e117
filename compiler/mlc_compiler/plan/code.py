"""The user code that a call reaches: its static import closure inside the project, hashed.

Code is read, never imported. The granularity is the module: a call graph would not be sound. Comments and
blank lines are cut out before hashing, so that they change no key.
"""

from __future__ import annotations

import ast
import hashlib
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mlc_compiler.graph.graph import Graph
from mlc_compiler.source.boundary import leads_out
from mlc_compiler.source.there import folders_below, is_file, is_folder
from mlc_runtime.code import code_digest


@dataclass(frozen=True)
class Closure:
    """What some modules reach.

    Attributes:
        files: the project's files, relative to its root and sorted, with the hash of each.
        libraries: top-level names of the other modules imported, the standard library's left out, sorted.
        unresolved: (file, line) of imports whose target is computed; their whole package is in `files`.
        outside: files that are links out of the repository, and that are neither in `files` nor read.
    """

    files: tuple[tuple[str, str], ...]
    libraries: tuple[str, ...]
    unresolved: tuple[tuple[str, int], ...] = ()
    outside: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """One hash over all files, independent of where they lie among each other's imports."""
        text = "\n".join(f"{file} {digest}" for file, digest in self.files)
        return hashlib.blake2b(text.encode(), digest_size=20).hexdigest() if self.files else ""


Closures = Mapping[tuple[str, ...], Closure]
"""By the modules that they begin at, as steps name them."""


def closures(graph: Graph, root: Path) -> Closures:
    """What the code of each step of a graph reaches inside the project at `root`, each worked out once."""
    return {modules: closure(modules, root) for modules in dict.fromkeys(step.code for step in graph.steps)}


def closure(modules: Iterable[str], root: Path) -> Closure:
    """Follow the imports of some modules inside the project at `root`.

    A file that cannot be parsed is hashed as it is and imports nothing: running it gives the real error.
    """
    files: dict[str, str] = {}
    libraries: set[str] = set()
    unresolved: list[tuple[str, int]] = []
    outside: set[str] = set()
    todo = [file for module in modules for file in _resolve(module, root, libraries)]
    while todo:
        file = todo.pop()
        name = file.relative_to(root).as_posix()
        if name in files:
            continue
        if leads_out(file):
            outside.add(name)
            continue
        source = _bytes(file)
        files[name] = code_digest(source)
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for node in ast.walk(tree):
            if _computed_import(node):
                unresolved.append((name, getattr(node, "lineno", 1)))
                todo += _beside(file.parent)
            for module in _imports(node, file, root):
                todo += _resolve(module, root, libraries)
    return Closure(
        tuple(sorted(files.items())), tuple(sorted(libraries)), tuple(sorted(unresolved)), tuple(sorted(outside))
    )


def _bytes(file: Path) -> bytes:
    """What a file holds; nothing where it cannot be read, which running it will tell."""
    try:
        return file.read_bytes()
    except OSError:
        return b""


def _beside(folder: Path) -> list[Path]:
    """The Python files in and below a folder, whatever links lead there twice; one that leads out stands for itself."""
    found: list[Path] = []
    seen: set[str] = set()
    todo = [folder]
    while todo:
        here = todo.pop()
        if leads_out(here):
            found.append(here)
        elif os.path.realpath(here) not in seen:
            seen.add(os.path.realpath(here))
            top, folders, files = next(folders_below(here), (here, (), ()))
            todo += [top / name for name in reversed(folders)]
            found += [top / name for name in files if name.endswith(".py") and is_file(top / name)]
    return found


def _imports(node: ast.AST, file: Path, root: Path) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (alias.name for alias in names)
        case ast.ImportFrom(module=module, names=names, level=level):
            base = module or ""
            if level:
                package = file.parent.relative_to(root).parts
                kept = package[: len(package) - (level - 1)]
                base = ".".join((*kept, *filter(None, [module])))
            if base:
                yield base
            yield from (f"{base}.{alias.name}" if base else alias.name for alias in names if alias.name != "*")
        case ast.Call(func=function, args=[ast.Constant(value=str(module)), *_]) if _imports_by_call(function):
            yield module


def _imports_by_call(function: ast.expr) -> bool:
    return isinstance(function, ast.Name | ast.Attribute) and (
        (function.id if isinstance(function, ast.Name) else function.attr) in ("__import__", "import_module")
    )


def _computed_import(node: ast.AST) -> bool:
    """Whether a call imports what is computed, or relative to a package that may be."""
    match node:
        case ast.Call(func=function, args=[first, *_]) if _imports_by_call(function):
            return not (isinstance(first, ast.Constant) and isinstance(first.value, str) and first.value[:1] != ".")
    return False


def _resolve(module: str, root: Path, libraries: set[str]) -> list[Path]:
    """The project's files that importing `module` runs; other modules are noted as libraries."""
    parts = module.split(".")
    found: list[Path] = []
    folder = root
    for part in parts:
        if not part.isidentifier():
            break
        if is_file(folder / part / "__init__.py"):
            found.append(folder / part / "__init__.py")
        elif is_file(folder / f"{part}.py"):
            found.append(folder / f"{part}.py")
            break
        elif not is_folder(folder / part):
            break
        folder = folder / part
    if not found and not is_folder(root / parts[0]) and parts[0] not in sys.stdlib_module_names and parts[0]:
        libraries.add(parts[0])
    return found
