"""Parts of examples that cannot be, or that would betray each other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches

from mlc_compiler.check.facts import Spine, Typed
from mlc_compiler.check.findings import Findings
from mlc_compiler.check.time.known import say_length
from mlc_compiler.diagnostics.diagnostic import Related
from mlc_compiler.expression.tree import Case, Constant, Node
from mlc_compiler.source.place import Place
from mlc_compiler.spec.examples import RandomSplit, Split, TimeSplit

PARTS = ("train", "validation", "test")


def check_split(
    split: Split | None,
    at: Typed | Spine | None,
    horizon: int | None,
    part: Typed | None,
    place: Place,
    findings: Findings,
    *,
    timed: bool,
) -> int:
    """The gap of a split by time in microseconds, 0 for others; findings where parts are impossible.

    Args:
        split: as written.
        at: the moment of the examples.
        horizon: the label's, from `label_time`.
        part: the expression of a split by an expression.
        place: where the split stands.
        findings: gets what is wrong.
        timed: whether the examples have a moment, be it one that was not understood.
    """
    match split:
        case TimeSplit():
            if not timed:
                _without_moment(place, findings)
                return 0
            return _by_time(split, at, horizon, place, findings)
        case RandomSplit():
            _at_random(split, place, findings, timed=timed)
        case _:
            if part is not None:
                _by_name(part, findings)
    return 0


def _by_time(split: TimeSplit, at: Typed | Spine | None, horizon: int | None, place: Place, findings: Findings) -> int:
    gap = (horizon or 0) if split.gap is None else split.gap.micros
    if horizon is not None and gap < horizon:
        findings.add(
            "MLC450",
            f"the gap of {say_length(gap)} is shorter than the label's horizon of {say_length(horizon)}",
            place.child("gap"),
            why="the labels of the last examples of a part would become known only within the next part",
            help=f"leave `gap` out, which makes it {say_length(horizon)}, or lengthen it",
            related=[Related(Place(place.file, (*place.path[:-1], "label")), "the label")],
        )
        gap = horizon
    if split.folds > 1 and split.validation is None:
        _no_validation(split.folds, place, findings)
    if isinstance(at, Spine):
        _long_enough(split, at, gap, place, findings)
    return gap


def _without_moment(place: Place, findings: Findings) -> None:
    findings.add(
        "MLC451",
        "a split by time, and the examples have no moment",
        place.child("by"),
        why="without `$at` nothing tells earlier examples from later ones",
        help="give their source its `time`, or split `by: random`",
    )


def _long_enough(split: TimeSplit, at: Spine, gap: int, place: Place, findings: Findings) -> None:
    """A test part after a training part takes validation and gaps between them, within the spine's dates."""
    if at.until == "$as_of":
        return
    between = gap if split.validation is None else 2 * gap + split.folds * split.validation.micros
    lasts = (_instant(at.until) - _instant(at.start)) // timedelta(microseconds=1)
    if lasts <= between:
        reaches = f"last {say_length(lasts)}" if lasts > 0 else "end before they start"
        findings.add(
            "MLC550",
            f"the parts need more than {say_length(between)} of examples, and their dates {reaches}",
            place,
            why="between the last training example and the first of the test lie the gaps and the validation parts",
            help="start the dates earlier, or shorten `validation`, `folds` or `gap`",
            related=[Related(Place(place.file, (*place.path[:-1], "at")), f"from {at.start} until {at.until}")],
        )


def _instant(text: str) -> datetime:
    """A date of the spec, where it matters only how far it is from another."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _at_random(split: RandomSplit, place: Place, findings: Findings, *, timed: bool) -> None:
    for key, share in (("test", split.test), ("validation", split.validation)):
        if share == 0:
            findings.add("MLC550", f"the {key} part is empty", place.child(key), help="write a share such as `20%`")
    held_out = split.test + (split.validation or 0) * split.folds
    if split.test >= 1 or held_out > 1 + 1e-9 or (split.folds == 1 and held_out >= 1):
        findings.add(
            "MLC550",
            f"test and validation parts take {held_out:.0%} of the rows, and leave none to train on",
            place,
            help="let their shares add up to less than 100%"
            + (f"; each of the {split.folds} folds has its own validation part" if split.folds > 1 else ""),
        )
    if timed:
        findings.add(
            "MLC452",
            "a random split of examples that have a moment",
            place.child("by"),
            why="models are trained on rows that come after those that they are tested on, which flatters them where "
            "the world changes with time",
            help="split `by: time`",
            warning=True,
        )


def _no_validation(folds: int, place: Place, findings: Findings) -> None:
    findings.add(
        "MLC550",
        f"{folds} folds without `validation`",
        place.child("folds"),
        why="`folds` makes several validation parts, each as long as `validation` says",
        help="write how long each is, such as `validation: 30d`",
    )


def _by_name(part: Typed, findings: Findings) -> None:
    """What an expression names, where it can give only values that stand in it."""
    values = list(_values(part.expression.tree))
    if any(value is None for value in values):
        return
    names = {value.value for value in values if value is not None and value.value is not None}
    for value in values:
        if value is not None and isinstance(value.value, str) and value.value not in PARTS:
            near = get_close_matches(value.value, PARTS, n=1)
            findings.add(
                "MLC551",
                f"`{value.value}` is no part",
                part.place.within(value.start, value.end),
                help=f"did you mean `{near[0]}`?" if near else "the parts are `train`, `validation` and `test`",
            )
            return
    if "train" not in names:
        findings.add("MLC550", "no row is in part `train`", part.place, help="let the expression give 'train' for some")


def _values(node: Node) -> Iterator[Constant | None]:
    """The constants that an expression can give; None for anything else."""
    match node:
        case Constant():
            yield node
        case Case(branches=branches, otherwise=otherwise):
            for _, value in branches:
                yield from _values(value)
            if otherwise is not None:
                yield from _values(otherwise)
        case _:
            yield None
