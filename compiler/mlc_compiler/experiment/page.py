"""An analysis as one HTML file without scripts, for people who decide: first the verdict, then pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from mlc_compiler.diagnostics.visible import visible
from mlc_compiler.experiment.words import change, segment_name, verdict

_WIDTH = 420.0
"""How wide the picture of the intervals is, in pixels."""


@dataclass(frozen=True)
class Bar:
    """An interval of a picture, in pixels; `left` and `right` are cut at the picture's borders."""

    name: str
    finding: str
    value: str
    between: str
    p: float
    left: float
    right: float
    middle: float


@dataclass(frozen=True)
class Picture:
    """Intervals of one kind over a common scale; `zero` is where nothing changes."""

    title: str
    bars: Sequence[Bar]
    zero: float
    width: float = _WIDTH


def page(analysis: Mapping[str, Any]) -> str:
    """The page of an analysis, as `mlc_runtime.experiment.report` describes it."""
    environment = Environment(
        loader=PackageLoader("mlc_compiler.experiment", "page"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["visible"] = visible
    design = analysis["design"]
    return environment.get_template("page.html.j2").render(
        analysis=analysis,
        measures=[design["outcome"]["name"], *(each["name"] for each in design["guardrails"])],
        verdict=verdict(analysis),
        pictures=list(_pictures(analysis)),
        style=files("mlc_compiler.experiment").joinpath("page", "page.css").read_text(encoding="utf-8"),
        level=f"{1 - design['alpha']:.4g}",
    )


def _pictures(analysis: Mapping[str, Any]) -> Iterator[Picture]:
    """The outcome, each guardrail and each segment's column."""
    comparisons = [*analysis["outcome"], *analysis["guardrails"]]
    for measure in dict.fromkeys(each["measure"] for each in comparisons):
        yield _picture(measure, [(each["arm"], each) for each in comparisons if each["measure"] == measure])
    several = len(analysis["design"]["shares"]) > 2
    for column in dict.fromkeys(each["column"] for each in analysis["segments"]):
        found = [each for each in analysis["segments"] if each["column"] == column]
        named = [
            (f"{segment_name(each)}{', ' + each['comparison']['arm'] if several else ''}", each["comparison"])
            for each in found
        ]
        yield _picture(f"{analysis['design']['outcome']['name']} by {column}", named)


def _picture(title: str, named: Sequence[tuple[str, Mapping[str, Any]]]) -> Picture:
    """Intervals over a scale that shows every estimate; a bound beyond it is cut."""
    intervals = [each["effect"]["relative"] or each["effect"]["absolute"] for _, each in named]
    ends = [0.0, *(value for each in intervals for value in each.values() if value is not None)]
    low, high = min(ends), max(ends)
    room = (high - low or 1.0) * 0.05
    low, high = low - room, high + room

    def at(value: float | None, beyond: float) -> float:
        return beyond if value is None else round((value - low) / (high - low) * _WIDTH, 1)

    bars = []
    for (name, comparison), interval in zip(named, intervals, strict=True):
        value, between = change(comparison)
        ends_at = at(interval["low"], 0.0), at(interval["high"], _WIDTH)
        bars.append(
            Bar(name, comparison["finding"], value, between, comparison["p"], *ends_at, at(interval["value"], 0))
        )
    return Picture(title, bars, at(0.0, 0.0))
