"""Hold a plan, and what a target made of it, against the limits of the target's engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from mlc_runtime.plan import Plan


@dataclass(frozen=True)
class Limit:
    """A limit of an engine.

    Attributes:
        name: of what, in a few words.
        most: the greatest value that is allowed.
        unit: what is counted.
        source: who says so: a document, a constant of the source, a measurement.
        measure: the value of a plan and the files that it was compiled to.
    """

    name: str
    most: int
    unit: str
    source: str
    measure: Callable[[Plan, Mapping[str, bytes]], int]


@dataclass(frozen=True)
class Row:
    """A line of the certificate.

    Attributes:
        limit: the limit.
        value: ours.
    """

    limit: Limit
    value: int

    @property
    def fits(self) -> bool:
        """Whether the limit is kept."""
        return self.value <= self.limit.most

    @property
    def margin(self) -> float:
        """The share of the limit that is left; negative beyond it."""
        return 1 - self.value / self.limit.most


def certify(plan: Plan, files: Mapping[str, bytes], limits: Iterable[Limit]) -> tuple[Row, ...]:
    """The certificate of a plan: every limit, and where it stands.

    Args:
        plan: what was compiled.
        files: what it was compiled to.
        limits: of the target.
    """
    return tuple(Row(limit, limit.measure(plan, files)) for limit in limits)
