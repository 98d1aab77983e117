"""What schedules run: the whole pipeline, or parts of it, each a workflow template with a plan of its own."""

from __future__ import annotations

from dataclasses import dataclass

from mlc_argo.environment import Site
from mlc_argo.fit import fit
from mlc_containers.names import short_name
from mlc_containers.part import part
from mlc_runtime.plan import Plan

LONGEST_SUFFIX = 12
"""Characters that the names of a part's objects have more: those of a schedule have 52 at most."""


@dataclass(frozen=True)
class Part:
    """What some entries of the schedule run.

    Attributes:
        plan: fitted to Argo.
        name: of the part; empty for the whole.
        crons: when it runs by itself.
    """

    plan: Plan
    name: str = ""
    crons: tuple[str, ...] = ()

    @property
    def suffix(self) -> str:
        """What the names of its objects end with. No pipeline's name has two dashes in a row."""
        return self.name and f"--{self.name}"

    def file(self, name: str) -> str:
        """The name of a file of it: `workflow.yaml`, or `workflow-NAME.yaml`."""
        stem, dot, ending = name.partition(".")
        return f"{stem}-{self.name}{dot}{ending}" if self.name else name


def parts_of(plan: Plan, site: Site) -> tuple[Part, ...]:
    """The whole, which can always be run by hand, and then the parts, in the order in which the schedule has them."""
    crons: dict[tuple[str, ...], list[str]] = {(): []}
    for entry in plan.spec.get("schedule", ()):
        crons.setdefault(tuple(sorted(set(entry.get("run") or ()))), []).append(entry["cron"])
    nodes = site.settings.nodes
    return tuple(
        Part(fit(part(plan, names), nodes), short_name("-".join(names), LONGEST_SUFFIX - 2), tuple(times))
        if names
        else Part(fit(plan, nodes), crons=tuple(times))
        for names, times in crons.items()
    )
