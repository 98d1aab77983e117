"""When the truth about an example is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mlc_compiler.check.facts import Group, Known, Outcome, Source, Spine, Typed
from mlc_compiler.check.findings import Findings


@dataclass(frozen=True)
class LabelTime:
    """When a label is known.

    Attributes:
        known: the greatest of these is its known time; of an outcome, what must be known besides its window and
            its rows (the columns of its join), since the runtime finds the others row by row.
        horizon: the known time minus `$at` in microseconds, where it is a constant.
    """

    known: Known
    horizon: int | None


def label_time(
    source: Source,
    at: Typed | Spine | None,
    label: Typed | Outcome | None,
    groups: Mapping[str, Group | None],
    sources: Mapping[str, Source],
    findings: Findings,
) -> LabelTime:
    """K(label) and the horizon; findings where the label is known at `$at`, or its window does not go forward."""
    return LabelTime((), None)
