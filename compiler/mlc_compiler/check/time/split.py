"""Parts of examples that cannot be, or that would betray each other."""

from __future__ import annotations

from mlc_compiler.check.facts import Spine, Typed
from mlc_compiler.check.findings import Findings
from mlc_compiler.source.place import Place
from mlc_compiler.spec.examples import Split


def check_split(
    split: Split | None,
    at: Typed | Spine | None,
    horizon: int | None,
    part: Typed | None,
    place: Place,
    findings: Findings,
) -> int:
    """The gap of a split by time in microseconds (0 for others); findings where parts are impossible.

    Args:
        split: as written.
        at: the moment of the examples.
        horizon: the label's, from `label_time`.
        part: the typed expression of a split by an expression.
        place: where the examples stand.
        findings: what is wrong.
    """
    return 0
