"""When the values of a source become known: as terms, in words, and where the spec says so."""

from __future__ import annotations

from mlc_compiler.check.facts import Known, Source
from mlc_compiler.check.time.terms import Term, Terms, known_terms, terms_of
from mlc_compiler.expression.duration import Duration
from mlc_compiler.expression.expression import Expression
from mlc_compiler.expression.tree import Binary, Cast, Constant, Name
from mlc_compiler.source.place import Place


def is_timed(source: Source) -> bool:
    """Whether any of a source's values has a time before which it is not known."""
    return bool(source.row_known) or any(source.known.values())


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


def own_terms(source: Source, column: str) -> Terms:
    """When a column's value is known, beyond its row: what its row's known time does not cover already."""
    row = row_terms(source)
    return tuple(term for term in column_terms(source, column) if term not in row)


def say_known(known: Known, term: Term | None) -> str:
    """When something is known, as a message says it: by the expression that `term` comes from."""
    said = [time for time in known if term is None or term in terms_of(time.tree)]
    return "known " + " and ".join(dict.fromkeys(_when(time) for time in said[: 1 if term else None]))


def _when(time: Expression) -> str:
    return "with what it is made from" if _hidden(time) else f"at {say_time(time)}"


def is_end_of_day(time: Expression) -> bool:
    """Whether a time is the end of a column's day, as that of a `date` is."""
    match time.tree:
        case Cast(operand=Binary(operator="+", left=Name(parts=(_,)), right=Constant(value=1))):
            return True
    return False


def say_time(time: Expression) -> str:
    """A time as a message names it."""
    if is_end_of_day(time):
        return f"the end of `{time.columns[0]}`"
    match time.tree:
        case Cast(operand=Constant(value=None)):
            return "no time"
    return f"`{time.text}`"


def say_length(micros: int) -> str:
    """A length of time as the spec would write it, such as `1h`."""
    return str(Duration(micros))


def known_place(source: Source, column: str | None = None) -> Place:
    """Where the spec says when a column, or a row, is known."""
    if source.query is not None and any(map(_hidden, source.known.get(column or "*", source.row_known))):
        return source.place.child("sql")
    if column is not None and source.known.get(column) != source.row_known:
        return source.place.child("known", column)
    if source.time is not None and [e.tree for e in source.row_known] == [Name((source.time,))]:
        return source.place.child("time")
    return source.place.child("known", "*")


def _hidden(time: Expression) -> bool:
    """Whether a known time is one that a derived source carries along."""
    return any(name.text.startswith("$known.") for name in time.names)
