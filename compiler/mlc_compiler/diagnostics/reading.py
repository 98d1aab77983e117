"""The reader's problems as diagnostics."""

from __future__ import annotations

from mlc_compiler.diagnostics.diagnostic import Diagnostic, Edit, Fix, Related
from mlc_compiler.source.document import Document
from mlc_compiler.source.place import Place
from mlc_compiler.source.problem import Extent, Problem


def reading_diagnostics(document: Document) -> list[Diagnostic]:
    """What is wrong with a document's text, in order of appearance; empty where it reads well."""
    return [_diagnostic(document, problem) for problem in document.problems]


def _diagnostic(document: Document, problem: Problem) -> Diagnostic:
    def place(extent: Extent) -> Place:
        return Place(document.file, span=document.span_of(extent))

    fix = None
    if problem.replacement is not None:
        fix = Fix(f"replace by `{problem.replacement}`", (Edit(place(problem.extent), problem.replacement),))
    return Diagnostic(
        problem.code,
        problem.message,
        place(problem.extent),
        why=problem.why,
        help=problem.help,
        related=tuple(Related(place(extent), message) for extent, message in problem.related),
        fix=fix,
    )
