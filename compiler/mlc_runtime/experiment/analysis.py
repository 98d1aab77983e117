"""What can be concluded by now: checks of the log, arms, effects, guardrails, segments, and one decision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import ceil, sqrt
from typing import TYPE_CHECKING, Literal

from mlc_runtime.experiment.correction import corrected
from mlc_runtime.experiment.effect import Effect, effect
from mlc_runtime.experiment.estimate import Estimate, estimates
from mlc_runtime.experiment.mismatch import ALPHA, mismatch
from mlc_runtime.experiment.power import Plan, mixing

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from mlc_runtime.experiment.design import Design, Measure
    from mlc_runtime.experiment.unit_table import UnitTable

Finding = Literal["better", "worse", "equal", "harm", "safe", "open"]
Verdict = Literal["invalid", "harm", "better", "worse", "equal", "not found", "open"]

FEWEST = 100
"""With fewer units in an arm nothing is decided: the methods hold for means of many."""


@dataclass(frozen=True)
class Arm:
    """An arm by now: its declared share, its units, its rows, and each measure that it has an estimate of."""

    name: str
    share: float
    units: int
    rows: int
    estimates: Mapping[str, Estimate]


@dataclass(frozen=True)
class Comparison:
    """An arm beside the control, on one measure.

    Attributes:
        measure: its name.
        arm: its name.
        effect: how they differ.
        p: of no difference, corrected for all that was asked along with it.
        finding: the outcome: `better`, `worse`, `equal` (any change is smaller than the one worth finding); a
            guardrail: `harm`, `safe`; `open` where it cannot be told yet.
    """

    measure: str
    arm: str
    effect: Effect
    p: float
    finding: Finding


@dataclass(frozen=True)
class Segment:
    """The outcome among the units with one value of a column; `value` None stands for null."""

    column: str
    value: str | None
    units: int
    comparison: Comparison


@dataclass(frozen=True)
class Analysis:
    """An experiment by now.

    Attributes:
        design: what was declared.
        arms: each, the control first.
        mixed: units that met two arms, and are left out.
        mismatch: the always-valid p-value that units come in the declared shares.
        needed: the units that the experiment was planned for, over its arms; None where that cannot be told.
        outcome: each other arm beside the control.
        guardrails: the same for each guardrail.
        segments: the outcome for each value of each segment's column.
        verdict: what follows; `winner` is the arm to take, where one is.
        days: from the first moment to the last; None without time.
    """

    design: Design
    arms: tuple[Arm, ...]
    mixed: int
    mismatch: float
    needed: int | None
    outcome: tuple[Comparison, ...]
    guardrails: tuple[Comparison, ...]
    segments: tuple[Segment, ...]
    verdict: Verdict
    winner: str | None = None
    days: float | None = None

    @property
    def units(self) -> int:
        """The units in all arms."""
        return sum(arm.units for arm in self.arms)


def analyse(design: Design, table: UnitTable) -> Analysis:
    """Conclude what the units allow."""
    outcome = _corrected(list(_compare(design, design.outcome, table, len(design.treatments))), "holm")
    asked = len(design.treatments) * len(design.guardrails)
    guardrails = [found for each in design.guardrails for found in _compare(design, each, table, asked)]
    counts = [table.count(arm) for arm in design.shares]
    measured = {measure.name: _estimates(design, measure, table) for measure in design.measures}
    arms = [
        Arm(
            arm,
            share,
            count,
            table.rows.get(arm, 0),
            {name: found[arm] for name, found in measured.items() if arm in found},
        )
        for (arm, share), count in zip(design.shares.items(), counts, strict=True)
    ]
    found = Analysis(
        design,
        tuple(arms),
        table.mixed,
        mismatch(counts, list(design.shares.values())),
        _needed(design, measured[design.outcome.name]),
        tuple(outcome),
        tuple(_corrected(guardrails, "holm")),
        tuple(_segments(design, table)),
        "open",
        days=table.days,
    )
    return _decided(found)


def _estimates(
    design: Design, measure: Measure, table: UnitTable, within: npt.NDArray[np.bool_] | None = None
) -> dict[str, Estimate]:
    return estimates({arm: table.units(measure.name, arm, within) for arm in design.shares})


def _compare(
    design: Design, measure: Measure, table: UnitTable, asked: int, within: npt.NDArray[np.bool_] | None = None
) -> Iterator[Comparison]:
    """Each other arm beside the control, with intervals at an alpha divided by the number of questions."""
    found = _estimates(design, measure, table, within)
    control = found.get(design.control)
    if control is None:
        return
    alpha = design.alpha / asked
    base = design.mean if design.mean is not None and measure is design.outcome else control.mean
    sought = max(measure.at_most or 0.0, design.detect) * abs(base)
    if not sought:
        return
    for arm in design.treatments:
        if arm in found:
            seen = effect(control, found[arm], mixing(sought, design.power, alpha), alpha)
            enough = min(control.units, found[arm].units) >= FEWEST
            yield Comparison(measure.name, arm, seen, seen.p, _finding(design, measure, seen) if enough else "open")


def _finding(design: Design, measure: Measure, seen: Effect) -> Finding:
    sign = 1 if measure.better == "higher" else -1
    low, high = sorted((sign * seen.absolute.low, sign * seen.absolute.high))
    if measure.at_most is not None:
        if seen.relative is None:
            return "harm" if high < 0 and not measure.at_most else "open"
        worst, best = sorted((sign * seen.relative.low, sign * seen.relative.high))
        return "harm" if best < -measure.at_most else "safe" if worst > -measure.at_most else "open"
    if low > 0:
        return "better"
    if high < 0:
        return "worse"
    small = seen.relative is not None and max(-seen.relative.low, seen.relative.high) < design.detect
    return "equal" if small else "open"


def _corrected(found: list[Comparison], method: Literal["holm", "fdr_bh"]) -> list[Comparison]:
    p_values = corrected([comparison.p for comparison in found], method)
    return [replace(comparison, p=p) for comparison, p in zip(found, p_values, strict=True)]


def _segments(design: Design, table: UnitTable) -> Iterator[Segment]:
    """The outcome by segment; a finding counts where its p-value, corrected for all of them, is below alpha."""
    found = [
        (column, value, int(within.sum()), comparison)
        for column in design.segments
        for value, within in table.groups(column)
        for comparison in _compare(design, design.outcome, table, len(design.treatments), within)
    ]
    p_values = corrected([comparison.p for *_, comparison in found], "fdr_bh")
    for (column, value, units, comparison), p in zip(found, p_values, strict=True):
        finding = comparison.finding if p <= design.alpha or comparison.finding == "equal" else "open"
        yield Segment(column, value, units, replace(comparison, p=p, finding=finding))


def _needed(design: Design, found: Mapping[str, Estimate]) -> int | None:
    """The units that it takes in all arms together, by what was declared, else by what the control shows."""
    mean, std = design.mean, design.std
    control = found.get(design.control)
    if (mean is None or std is None) and control is not None:
        mean, std = control.mean, sqrt(control.variance)
    if not mean or not std:
        return None
    shares = list(design.shares.values())
    return ceil(Plan(mean, std, shares, design.power, design.alpha).units(design.detect) * sum(shares))


def _decided(found: Analysis) -> Analysis:
    """The verdict: broken logs before harm, harm before gain."""
    if found.mismatch < ALPHA:
        return replace(found, verdict="invalid")
    harmful = {comparison.arm for comparison in found.guardrails if comparison.finding == "harm"}
    if harmful == set(found.design.treatments):
        return replace(found, verdict="harm", winner=found.design.control)
    fit = [comparison for comparison in found.outcome if comparison.arm not in harmful]
    sign = 1 if found.design.outcome.better == "higher" else -1
    better = [comparison for comparison in fit if comparison.finding == "better"]
    if better:
        best = max(better, key=lambda comparison: sign * comparison.effect.absolute.value)
        return replace(found, verdict="better", winner=best.arm)
    if fit and len(fit) == len(found.design.treatments) - len(harmful):
        for finding in ("worse", "equal"):
            if all(comparison.finding == finding for comparison in fit):
                return replace(found, verdict=finding, winner=found.design.control)
    if found.needed is not None and found.units >= found.needed and fit:
        return replace(found, verdict="not found", winner=found.design.control)
    return found
