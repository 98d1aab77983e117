"""A table without time: nothing tells before from after, so that features keep off the label's columns altogether."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mlc_compiler.check.facts import Examples, Group, Source, Typed
from mlc_compiler.check.findings import Findings
from mlc_compiler.check.time.lineage import Lineage, Origin, lineage
from mlc_compiler.check.time.reading import (
    Feature,
    Read,
    features_of,
    own_reads,
    reached,
    reads_of_feature,
)
from mlc_compiler.diagnostics.diagnostic import Related
from mlc_compiler.source.place import Place


class Apart:
    """Keeps features and the population off the columns that the label reads.

    Args:
        examples: without a moment.
        sources: the facts of the sources.
        findings: gets what reads the label.
    """

    def __init__(self, examples: Examples, sources: Mapping[str, Source], findings: Findings) -> None:
        self.examples = examples
        self.sources = sources
        self.findings = findings
        self.label = self._label()

    def population(self) -> None:
        """What `where` reads."""
        if self.examples.where is not None:
            self.expression(self.examples.where, "`where`")

    def expression(self, typed: Typed, use: str) -> None:
        """What an expression over the example reads."""
        self.reads(own_reads(typed, use))
        self.features(features_of(typed))

    def features(self, features: Iterable[Feature]) -> None:
        """What features are computed from, and those that they read."""
        for group, column in reached(features, self.examples.groups):
            self.reads(reads_of_feature(group, column))
            if group.lookup is not None and column in group.expressions:
                self._looked_up(group, column)

    def reads(self, reads: Iterable[Read]) -> None:
        """Columns of the example's own row."""
        own = self._lineage(self.examples.source)
        for read in reads:
            self._refuse(own.columns.get(read.column, frozenset()), f"`{read.column}`", read.place, read.use)

    def _label(self) -> frozenset[Origin]:
        """The columns that the label is computed from, in the examples' source and in those below it."""
        if not isinstance(self.examples.label, Typed):
            return frozenset()
        own = self._lineage(self.examples.source)
        found: set[Origin] = set()
        for read in own_reads(self.examples.label, ""):
            found |= own.columns.get(read.column, frozenset())
        for group, column in reached(features_of(self.examples.label), self.examples.groups):
            for read in reads_of_feature(group, column):
                if group.lookup is None:
                    found |= own.columns.get(read.column, frozenset())
            if group.lookup is not None and column in group.expressions:
                table = self._lineage(group.lookup.source)
                for name in group.expressions[column].expression.columns:
                    found |= table.columns.get(name, frozenset())
        return frozenset(found)

    def _lineage(self, source: str) -> Lineage:
        return lineage(self.sources[source], self.sources)

    def _looked_up(self, group: Group, column: str) -> None:
        assert group.lookup is not None
        table, typed = self._lineage(group.lookup.source), group.expressions[column]
        use = f"feature `{group.name}.{column}`"
        for read in own_reads(typed, use):
            self._refuse(table.columns.get(read.column, frozenset()), f"`{read.column}`", read.place, use)
        if group.lookup.where is not None:
            for read in own_reads(group.lookup.where, use):
                self._refuse(table.columns.get(read.column, frozenset()), f"`{read.column}`", read.place, use)
        for mine, theirs in group.lookup.join:
            here = group.place.child("join", mine)
            self._refuse(table.columns.get(theirs, frozenset()), f"`{theirs}`", here, use)
        self._refuse(table.row, f"`{group.lookup.source}`", group.place.child("from"), use)

    def _refuse(self, origins: frozenset[Origin], what: str, place: Place, use: str) -> None:
        shared = sorted(origins & self.label)
        if not shared:
            return
        source, column = shared[0]
        made = "" if what == f"`{column}`" else f", made from `{column}` of `{source}`"
        self.findings.add(
            "MLC423",
            f"{use} reads {what}{made}, which the label reads",
            place,
            why=f"`{self.examples.name}` has no moment: nothing keeps an example's own label, or a later one, out of "
            "a value that reads the label's columns",
            help=f"leave {what} out, or give source `{self.examples.source}` its `time` and `known`, so that values "
            "count only once they are known",
            related=[Related(self.examples.place.child("label"), "the label")],
        )
