"""The known times of a source that is derived by SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mlc_compiler.check.facts import Known, Source
from mlc_compiler.check.findings import Findings
from mlc_compiler.expression.query import Query
from mlc_compiler.expression.types import Type
from mlc_compiler.source.place import Place
from mlc_compiler.spec.sources import Source as SourceSpec


@dataclass(frozen=True)
class DerivedSource:
    """What a query gives: columns, the known time of each and of a row, and whether it betrays the future."""

    columns: Mapping[str, Type]
    known: Mapping[str, Known]
    row_known: Known
    query: Query
    betrays: bool


def query_facts(
    spec: SourceSpec,
    place: Place,
    inputs: Mapping[str, str],
    facts: Mapping[str, Source],
    parameters: Mapping[str, Type],
    findings: Findings,
) -> DerivedSource | None:
    """The facts of a source made by `sql`; None, with findings, where the query is not sound."""
    return None
