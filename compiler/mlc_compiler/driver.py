"""The whole compiler on one page: text -> document -> spec -> facts -> graph -> passes -> plan.

Checking is what people wait for as they type: it imports no stage behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mlc_compiler.check.check import check
from mlc_compiler.check.entries import Entries, File
from mlc_compiler.check.facts import Program
from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_compiler.diagnostics.reading import reading_diagnostics
from mlc_compiler.source.document import Document
from mlc_compiler.source.read import read_file
from mlc_compiler.spec.load import load_environment, load_spec

if TYPE_CHECKING:
    from mlc_compiler.graph.graph import Graph
    from mlc_compiler.spec.environment import Environment
    from mlc_runtime.plan import Plan


@dataclass(frozen=True)
class Checked:
    """A spec that was read and checked.

    Attributes:
        program: the facts of what is sound; complete where no finding is an error.
        diagnostics: the findings.
        documents: the documents read, by the name that places carry.
    """

    program: Program
    diagnostics: tuple[Diagnostic, ...]
    documents: Mapping[str, Document]

    @property
    def sound(self) -> bool:
        """Whether a graph can be built."""
        return all(diagnostic.severity != "error" for diagnostic in self.diagnostics)


@dataclass(frozen=True)
class Compiled:
    """A spec as a plan, and what reading the user's code found to warn of."""

    program: Program
    graph: Graph
    plan: Plan
    diagnostics: tuple[Diagnostic, ...] = ()


def check_file(path: Path, shown: str | None = None) -> Checked:
    """Read and check a spec and the files that it includes.

    Args:
        path: the spec.
        shown: its name in messages; the path as given by default.
    """
    name = shown or str(path)
    documents = {name: read_file(path, name)}
    loaded = [("", load_spec(documents[name]))]
    diagnostics = _findings(documents[name], loaded[0][1].diagnostics)
    for alias, target in loaded[0][1].spec.include.items():
        place = loaded[0][1].place("include", alias)
        included = str(Path(name).parent / target)
        document = read_file(path.parent / target, included)
        if document.problems and document.data is None and not (path.parent / target).is_file():
            message = f"`{target}` cannot be read"
            diagnostics.append(Diagnostic("MLC206", message, place, help="paths start at the spec's folder"))
            continue
        documents[included] = document
        inner = load_spec(document)
        diagnostics += _findings(document, inner.diagnostics)
        loaded.append((alias, inner))
    files = tuple(File(alias, each.file, each.spec, each.broken) for alias, each in loaded)
    program, found = check(Entries(files))
    readable = all(document.data is not None for document in documents.values())
    return Checked(program, tuple(diagnostics + (found if readable else [])), documents)


def check_environment(path: Path, shown: str | None = None) -> tuple[Environment, list[Diagnostic], Document]:
    """Read and check an environment."""
    document = read_file(path, shown or str(path))
    loaded = load_environment(document)
    return loaded.environment, _findings(document, loaded.diagnostics), document


def compile_checked(checked: Checked, root: Path) -> Compiled:
    """Facts to plan.

    Args:
        checked: sound.
        root: the project's folder, where the user's code is read.
    """
    from mlc_compiler.graph.build import build
    from mlc_compiler.graph.verify import verify
    from mlc_compiler.passes import optimise
    from mlc_compiler.plan.imports import computed_imports
    from mlc_compiler.plan.lower import lower

    graph = optimise(build(checked.program))
    problems = verify(graph)
    if problems:
        raise AssertionError("\n".join(problems))
    plan = lower(graph, checked.program, root)
    warnings = computed_imports(graph, next(iter(checked.documents)), root)
    return Compiled(checked.program, graph, plan, tuple(warnings))


def _findings(document: Document, shape: Iterable[Diagnostic]) -> list[Diagnostic]:
    return [*reading_diagnostics(document), *shape]
