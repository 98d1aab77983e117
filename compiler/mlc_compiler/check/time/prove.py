"""The proof, of each example's own row: what is read at `$at` is known at `$at`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mlc_compiler.check.facts import Examples, Source, Spine, Typed
from mlc_compiler.check.findings import Findings
from mlc_compiler.check.time.known import (
    column_terms,
    is_end_of_day,
    known_place,
    own_terms,
    row_terms,
    say_known,
    say_length,
    say_time,
)
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
from mlc_compiler.check.time.terms import Point, Term, terms_of
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

    def __init__(self, examples: Examples, sources: Mapping[str, Source], findings: Findings, *, utc: bool) -> None:
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
        match self.examples.at:
            case Typed() as at:
                self.reads(own_reads(at, "`at`"))
            case Spine(by=by):
                entities = self.moment.place.child("by")
                self.reads(Read(column, entities.child(place), "`by`") for place, column in enumerate(by))
                self.reads([Read(self.source.time or "", self.source.place.child("time"), "`every`")])
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
        """Columns of the example's own row, beyond the row itself: about that one finding is enough."""
        for read in reads:
            verdict = self.moment.order.at_most(own_terms(self.source, read.column), self.moment.terms)
            if verdict.kind != "proved":
                self._refuse(read, verdict)

    def _refuse(self, read: Read, verdict: Verdict) -> None:
        column, moment = read.column, self.moment
        known = say_known(self.source.known[column], verdict.term)
        related = [Related(known_place(self.source, column), f"when `{column}` is known")]
        if moment.regular:
            self.findings.add(
                "MLC412",
                f"`{column}`, {known}, may be known later than its row",
                read.place,
                why=f"each date is paired with the latest row that is known by then, and {read.use} would read a "
                "value of it that may come later",
                help=self._mend(column, verdict),
                related=[*related, Related(moment.place, "the dates of the examples")],
            )
            return
        related.append(Related(moment.place, moment.text))
        if verdict.kind == "violated":
            code, message = "MLC410", f"`{column}`, {known}, is {self._late(verdict)}"
            why = f"{moment.text}: in training, {read.use} would read what is not there yet when the model is asked"
        else:
            code, message = "MLC411", f"`{column}`, {known}, may be known later than `$at`"
            why = f"{moment.text}, and nothing in `{self.source.name}` says that the one comes before the other"
        self.findings.add(code, message, read.place, why=why, help=self._mend(column, verdict), related=related)

    def _refuse_rows(self) -> None:
        name, moment = self.source.name, self.moment
        known = say_known(self.source.row_known, self.row.term)
        late = f"is {self._late(self.row)}" if self.row.kind == "violated" else "may be known later than `$at`"
        time = next((t for t in self.source.row_known if self.row.term in terms_of(t.tree)), None)
        if time is not None and is_end_of_day(time):
            (day,) = time.columns
            at = (
                f"let `at` be {say_time(time)}, `{day} + interval 1 day`, or later, or, where a row is known as "
                f"`{day}` begins, say `{day}::timestamp`"
            )
        elif time is not None and not any(column.startswith("$") for column in time.columns):
            at = f"let `at` be {say_time(time)} or later, or say when a row is known"
        else:
            at = "say when a row is known"
        self.findings.add(
            "MLC410" if self.row.kind == "violated" else "MLC411",
            f"a row of `{name}`, {known}, {late}",
            moment.place,
            why=f"{moment.text}: a prediction would be asked for a row that is not there yet",
            help=f'{at}, under `known: {{"*": ...}}` of `{name}`',
            related=[Related(known_place(self.source), f"when a row of `{name}` is known")],
        )

    def _late(self, verdict: Verdict) -> str:
        if verdict.late is None:
            return "never known"
        return f"known {self._length(verdict)} later than `$at`"

    def _length(self, verdict: Verdict) -> str:
        assert verdict.late is not None
        exact = verdict.term is not None and any(term.point == verdict.term.point for term in self.moment.terms)
        return say_length(verdict.late) if exact else f"at least {say_length(verdict.late)}"

    def _mend(self, column: str, verdict: Verdict) -> str:
        """How to read a column of the example's own row only once it is known."""
        source = self.source
        if verdict.kind == "violated" or (not self._before() and self._after_its_time(column)):
            return f"leave it out, predict later, or read it of earlier rows through a group `from: {source.name}`"
        if not source.key:
            return f"give `{source.name}` a `key`, and look `{column}` up through a group: `from` it, `join` its key"
        window = "" if self._before() else f", window: {self._window()}"
        name = "own" if "own" not in self.examples.groups else f"own_{column}"
        return (
            "look it up, so that it counts only once it is known: "
            f"`{name}: {{from: {source.name}, join: [{', '.join(source.key)}]{window}, columns: [{column}]}}`, "
            f"and read `{name}.{column}`" + self._check(column, verdict)
        )

    def _check(self, column: str, verdict: Verdict) -> str:
        """The check that would prove it, where one can be written."""
        times = [time for time in self.source.known[column] if verdict.term in terms_of(time.tree)]
        at = self.examples.at
        if not isinstance(at, Typed) or len(times) != 1 or any(name.startswith("$") for name in times[0].columns):
            return ""
        return f"; or, where that always holds, add the check `{times[0].text} <= {at.expression.text}`"

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
