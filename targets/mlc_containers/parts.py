"""What schedules run: the whole pipeline, or parts of it, each with a plan and a definition of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mlc_containers.names import short_name
from mlc_containers.part import part
from mlc_runtime.plan import Plan

PART = "--"
"""What stands between the name of a pipeline and that of a part; no pipeline's name has two dashes in a row."""
LONGEST_SUFFIX = 12
"""Characters that the names of a part's objects have more: those of a schedule have 52 at most."""


@dataclass(frozen=True)
class Part:
    """What some entries of the schedule run.

    Attributes:
        plan: fitted to the engine.
        name: of the part; empty for the whole.
        crons: when it runs by itself.
    """

    plan: Plan
    name: str = ""
    crons: tuple[str, ...] = ()

    @property
    def suffix(self) -> str:
        """What the names of its objects end with."""
        return self.name and f"{PART}{self.name}"

    def file(self, name: str) -> str:
        """The name of a file of it: `plan.json`, or `plan-NAME.json`."""
        stem, dot, ending = name.partition(".")
        return f"{stem}-{self.name}{dot}{ending}" if self.name else name


def parts_of(plan: Plan, fit: Callable[[Plan], Plan]) -> tuple[Part, ...]:
    """The whole, which can always be run by hand, and then the parts, in the order in which the schedule has them.

    Args:
        plan: the whole.
        fit: fits a plan to the engine.
    """
    crons: dict[tuple[str, ...], list[str]] = {(): []}
    for entry in plan.spec.get("schedule", ()):
        crons.setdefault(tuple(sorted(set(entry.get("run") or ()))), []).append(entry["cron"])
    return tuple(
        Part(fit(part(plan, names)), short_name("-".join(names), LONGEST_SUFFIX - len(PART)), tuple(times))
        if names
        else Part(fit(plan), crons=tuple(times))
        for names, times in crons.items()
    )
