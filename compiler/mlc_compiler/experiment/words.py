"""An analysis in words, for people who decide and do not read statistics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlc_runtime.experiment.design import Design
    from mlc_runtime.experiment.forecast import Forecast

Data = Mapping[str, Any]


def verdict(analysis: Data) -> str:
    """What follows, in a sentence or two."""
    control = analysis["design"]["control"]
    winner, outcome = analysis["winner"], analysis["design"]["outcome"]["name"]
    match analysis["verdict"]:
        case "invalid":
            return (
                "Do not decide by this: units do not arrive in the declared shares, so the assignment or the log is"
                " broken."
            )
        case "harm":
            harmed = sorted({each["measure"] for each in analysis["guardrails"] if each["finding"] == "harm"})
            return f"Stop, and keep {control}: {_listed(harmed)} got worse by more than is tolerated."
        case "better":
            found = _of(analysis["outcome"], winner)
            open_rails = sorted(
                {
                    each["measure"]
                    for each in analysis["guardrails"]
                    if each["arm"] == winner and each["finding"] == "open"
                }
            )
            still = f" Of {_listed(open_rails)} it cannot be told yet whether it got worse." if open_rails else ""
            return f"Take {winner}: {outcome} is better by {_change(found)}.{still}"
        case "worse":
            return f"Keep {control}: {outcome} is worse with what was tried."
        case "equal":
            return f"Keep {control}: whatever the arms change in {outcome}, it is less than is worth finding."
        case "not found":
            return (
                f"Keep {control}: after all the units that were planned for, no change of {outcome} was found. One of"
                f" {100 * analysis['design']['detect']:.3g}% of it would have been, with a chance of"
                f" {analysis['design']['power']:.0%}."
            )
    needed, units = analysis["needed"], sum(arm["units"] for arm in analysis["arms"])
    more = "" if needed is None else f" It was planned for {needed:,} units and has {units:,}."
    return f"Go on: it cannot be told yet.{more}"


def lines(analysis: Data) -> Iterator[str]:
    """The analysis for a terminal."""
    design = analysis["design"]
    yield f"{design['name']}: {verdict(analysis)}"
    yield ""
    names = [design["outcome"]["name"], *(each["name"] for each in design["guardrails"])]
    rows = [["arm", "share", "units", "rows", *names]]
    for arm in analysis["arms"]:
        found = [arm["estimates"].get(name) for name in names]
        rows.append(
            [
                arm["name"],
                f"{arm['share']:.4g}",
                f"{arm['units']:,}",
                f"{arm['rows']:,}",
                *("-" if each is None else f"{each['mean']:.5g}" for each in found),
            ]
        )
    yield from _table(rows)
    for title, comparisons in (("outcome", analysis["outcome"]), ("guardrails", analysis["guardrails"])):
        if comparisons:
            yield ""
            yield from _table([[title, "arm", "change", "between", "p", "finding"], *map(_row, comparisons)])
    if analysis["segments"]:
        yield ""
        head = ["segment", "units", "arm", "change", "between", "p", "finding"]
        yield from _table([head, *map(_segment_row, analysis["segments"])])
    yield ""
    level = 1 - design["alpha"]
    yield (
        f"Intervals hold at {level:.4g} for all arms together, whenever and however often one looks; p-values are"
        " corrected for what is asked at once."
    )
    if analysis["mixed"]:
        yield f"{analysis['mixed']:,} units met two arms and are left out."
    yield f"Shares: p {analysis['mismatch']:.3g} that units arrive as declared."


def harm(analysis: Data) -> str:
    """Which guardrails are broken, and by how much; empty where none is."""
    broken = [each for each in analysis["guardrails"] if each["finding"] == "harm"]
    return ", ".join(
        f"guardrail {each['measure']} of {each['arm']}: {' between '.join(change(each))}" for each in broken
    )


def takes(design: Design, found: Forecast | None) -> str:
    """What it takes to find the change that is sought, in a sentence; empty where nobody knows."""
    if found is None:
        return ""
    days = f": {found.days:,} days at {found.daily:,.6g} new units a day" if found.days is not None else ""
    past = " That the outcome is so and varies so is what the past says." if found.history else ""
    return (
        f"To find a change of {100 * design.detect:.3g}% of {found.mean:.4g} with a chance of {design.power:.0%} takes"
        f" {found.units:,} units in its arms{days}.{past}"
    )


def segment_name(segment: Data) -> str:
    """A segment's column and value."""
    return f"{segment['column']} = {'null' if segment['value'] is None else segment['value']}"


def change(comparison: Data) -> tuple[str, str]:
    """A difference, and its bounds: relative where that can be told, else in the outcome's unit."""
    relative = comparison["effect"]["relative"]
    interval = relative or comparison["effect"]["absolute"]
    form = "+.2%" if relative else "+.4g"
    low, high = ("any" if interval[side] is None else format(interval[side], form) for side in ("low", "high"))
    return format(interval["value"], form), f"{low} and {high}"


def _change(comparison: Data) -> str:
    value, between = change(comparison)
    return f"{value.lstrip('+-')} (change between {between})"


def _row(comparison: Data) -> list[str]:
    value, between = change(comparison)
    return [comparison["measure"], comparison["arm"], value, between, f"{comparison['p']:.3g}", comparison["finding"]]


def _segment_row(segment: Data) -> list[str]:
    _, *rest = _row(segment["comparison"])
    return [segment_name(segment), f"{segment['units']:,}", *rest]


def _of(comparisons: Sequence[Data], arm: str) -> Data:
    return next(each for each in comparisons if each["arm"] == arm)


def _listed(names: Sequence[str]) -> str:
    return " and ".join(f"`{name}`" for name in names)


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
