"""The catalogue of functions: the model of an entry, and how a name finds its own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlc_compiler.expression.signature import Signature

Nulls = Literal["null", "skipped", "own"]
"""What a null argument does: makes the result null; is passed over; or as the entry's summary says."""

Rows = Literal["any", "rounding", "ties", "required"]
"""How an aggregate depends on the order of rows: not at all; in the last bits of a float; where several rows tie;
altogether, so that an `order by` is required."""


@dataclass(frozen=True)
class Function:
    """One entry. Every function of the catalogue gives the same result for the same arguments, always.

    Attributes:
        name: how it is called, lower-case; the same in DuckDB.
        signatures: the ways to call it, the first that fits counts.
        summary: what it gives, in a line.
        nulls: what a null argument does.
        aliases: other names that mean the same.
        aggregate: whether it takes many rows to one value.
        rows: an aggregate's dependence on the order of rows.
        narrow: DuckDB gives an integer type other than BIGINT, so that rendering casts the result.
    """

    name: str
    signatures: tuple[Signature, ...]
    summary: str
    nulls: Nulls = "null"
    aliases: tuple[str, ...] = ()
    aggregate: bool = False
    rows: Rows = "any"
    narrow: bool = False


@cache
def functions() -> Mapping[str, Function]:
    """Every function by its name and its aliases."""
    from mlc_compiler.expression.aggregate_functions import AGGREGATES
    from mlc_compiler.expression.scalar_functions import SCALARS

    found: dict[str, Function] = {}
    for function in (*SCALARS, *AGGREGATES):
        for name in (function.name, *function.aliases):
            if name in found:
                raise ValueError(f"two functions are called `{name}`")
            found[name] = function
    return found
