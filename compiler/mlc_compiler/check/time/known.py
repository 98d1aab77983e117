"""When the values of a source become known: as terms, in words, and where the spec says so."""

from __future__ import annotations

from mlc_compiler.check.facts import Known, Source
from mlc_compiler.check.time.terms import Term, Terms, known_terms, terms_of
from mlc_compiler.expression.duration import Duration
from mlc_compiler.expression.expression import Expression
from mlc_compiler.expression.tree import Binary, Cast, Constant, Name
from mlc_compiler.source.place import Place


def row_terms(source: Source) -> Terms:
    """When a row exists: K("*")."""
    return known_terms(source.row_known)


def row_columns(source: Source) -> set[str]:
    """Columns without which a row is never known, so that it takes part in nothing."""
    times = [terms_of(expression.tree) for expression in source.row_known]
    return {terms[0].column for terms in times if len(terms) == 1 and terms[0].column is not None}


def column_terms(source: Source, column: str) -> Terms:
    """When a column's value is known, besides the row's own known time."""
    return known_terms(source.known.get(column, source.row_known))


def say_known(known: Known, term: Term | None) -> str:
    """The expression of a known time that `term` comes from, as a message names it."""
    for expression in known:
        if term is None or term in terms_of(expression.tree):
            return say_time(expression)
    return " and ".join(say_time(expression) for expression in known)


def say_time(expression: Expression) -> str:
    """A time as a message names it."""
    match expression.tree:
        case Cast(operand=Binary(operator="+", left=Name(parts=(column,)), right=Constant(value=1))):
            return f"the end of `{column}`"
        case Cast(operand=Constant(value=None)):
            return "no time"
        case Name(parts=(column,)) if column.startswith("$known."):
            return f"the known time of what `{column.removeprefix('$known.')}` is made from"
    return f"`{expression.text}`"


def say_length(micros: int) -> str:
    """A length of time as the spec would write it, such as `1h`."""
    return str(Duration(micros))


def known_place(source: Source, column: str | None = None) -> Place:
    """Where the spec says when a column, or a row, is known."""
    if source.query is not None and any(_hidden(expression) for expression in source.known.get(column or "", ())):
        return source.place.child("sql")
    if column is not None and source.known.get(column) != source.row_known:
        return source.place.child("known", column)
    if source.time is not None and [e.tree for e in source.row_known] == [Name((source.time,))]:
        return source.place.child("time")
    return source.place.child("known", "*")


def _hidden(expression: Expression) -> bool:
    return any(name.text.startswith("$known.") for name in expression.names)
