"""The proof, of each example's own row: what is read at `$at` is known at `$at`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mlc_compiler.check.facts import Examples, Source, Typed
from mlc_compiler.check.findings import Findings
from mlc_compiler.check.time.known import column_terms, known_place, row_terms, say_known, say_length
from mlc_compiler.check.time.moment import Moment, moment_of
from mlc_compiler.check.time.order import Verdict
from mlc_compiler.check.time.reading import (
    Feature,
    Read,
    features_of,
    own_reads,
    reached,
    reads_of_feature,
)
from mlc_compiler.check.time.terms import Point, Term
from mlc_compiler.diagnostics.diagnostic import Related
from mlc_compiler.expression.duration import MICROS
from mlc_compiler.expression.tree import Name


class Proof:
    """What is proved of some examples; findings where it cannot be.

    Args:
        examples: with a moment.
        sources: the facts of the sources.
        findings: gets what is not proved.
        utc: every day has 24 hours.
    """

    def __init__(
        self, examples: Examples, sources: Mapping[str, Source], findings: Findings, *, utc: bool
    ) -> None:
        assert examples.at is not None
        self.examples = examples
        self.source = sources[examples.source]
        self.findings = findings
        self.moment: Moment = moment_of(self.source, examples.at, examples.place, sources, utc=utc)
        self._time = Term(Point(Name((self.source.time or "",))))
        self.row = self.moment.order.at_most(row_terms(self.source), self.moment.terms)

    def population(self) -> None:
        """The rows themselves, and what `at` and `where` read."""
        if self.row.kind != "proved":
            self._refuse_rows()
        if isinstance(self.examples.at, Typed):
            self.reads(own_reads(self.examples.at, "`at`"))
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

    def reads(self, reads: Iterable[Read]) -> None:
        """Columns of the example's own row."""
        for read in reads:
            if self.source.known.get(read.column) == self.source.row_known:
                continue  # as early as the row itself, about which one finding is enough
            verdict = self.moment.order.at_most(column_terms(self.source, read.column), self.moment.terms)
            if verdict.kind != "proved":
                self._refuse(read, verdict)

    def _refuse(self, read: Read, verdict: Verdict) -> None:
        known = say_known(self.source.known[read.column], verdict.term)
        related = [Related(known_place(self.source, read.column), f"when `{read.column}` is known")]
        if self.moment.regular:
            self.findings.add(
                "MLC412",
                f"`{read.column}`, known at {known}, is known later than its row",
                read.place,
                why=f"each date is paired with the latest row known by then, in which {read.use} would read a value "
                "that may come later",
                help=self._look_up(read.column),
                related=[*related, Related(self.moment.place, "the dates of the examples")],
            )
            return
        related.append(Related(self.moment.place, self.moment.text))
        if verdict.kind == "violated":
            late = "never known" if verdict.late is None else f"known {self._length(verdict)} later than `$at`"
            self.findings.add(
                "MLC410",
                f"`{read.column}`, known at {known}, is {late}",
                read.place,
                why=f"{self.moment.text}: {read.use} would be computed in training from what nobody has when it "
                "is asked",
                help=f"leave `{read.column}` out, predict later, or read it from earlier rows through a group "
                f"`from: {self.source.name}`",
                related=related,
            )
            return
        self.findings.add(
            "MLC411",
            f"`{read.column}`, known at {known}, may be known later than `$at`",
            read.place,
            why=f"{self.moment.text}, and no check of `{self.source.name}` says that {known} comes before it",
            help=self._look_up(read.column),
            related=related,
        )

    def _refuse_rows(self) -> None:
        known = say_known(self.source.row_known, self.row.term)
        if self.row.kind == "violated":
            late = "never known" if self.row.late is None else f"known {self._length(self.row)} later than `$at`"
            code, message = "MLC410", f"a row of `{self.source.name}`, known at {known}, is {late}"
        else:
            code = "MLC411"
            message = f"a row of `{self.source.name}`, known at {known}, may be known later than `$at`"
        self.findings.add(
            code,
            message,
            self.moment.place,
            why=f"{self.moment.text}: a prediction would be asked for a row that is not there yet",
            help=f"let `at` be {known} or later, or state when a row is known: `known: {{\"*\": ...}}`",
            related=[Related(known_place(self.source), f"when a row of `{self.source.name}` is known")],
        )

    def _length(self, verdict: Verdict) -> str:
        assert verdict.late is not None
        exact = verdict.term is not None and any(
            term.point == verdict.term.point for term in self.moment.terms
        )
        return say_length(verdict.late) if exact else f"at least {say_length(verdict.late)}"

    def _look_up(self, column: str) -> str:
        """How to read a column of the example's own row only once it is known."""
        source = self.source
        if not source.key:
            return f"give `{source.name}` a `key`, and look `{column}` up through a group: `from` it, `join` its key"
        if not self._before() and self._after_its_time(column):
            return f"predict later, or read it from earlier rows through a group `from: {source.name}`"
        window = "" if self._before() else f", window: {self._window()}"
        keys = ", ".join(source.key)
        return (
            f"look it up, so that it counts only once it is known: `own: {{from: {source.name}, join: [{keys}]"
            f"{window}, columns: [{column}]}}`, and read `own.{column}`"
        )

    def _before(self) -> bool:
        """Whether the example's own row lies before `$at`, so that a window of the past holds it."""
        return self.moment.regular or any(self.moment.order.most(self._time, term) < 0 for term in self.moment.terms)

    def _after_its_time(self, column: str) -> bool:
        """Whether a column is never known before its row's time."""
        return any(self.moment.order.most(self._time, term) <= 0 for term in column_terms(self.source, column))

    def _window(self) -> str:
        """A window that holds the example's own row."""
        away = [abs(self._time.micros - term.micros) for term in self.moment.terms if term.point == self._time.point]
        days = 1 + max(away, default=0) // MICROS["d"]
        return f"-{days}d..{days}d"
