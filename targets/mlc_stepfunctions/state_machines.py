"""What a stack is about: a state machine of the whole pipeline, and one for each part of it that a schedule names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mlc_containers.configuration import PLAN_FILE, configuration_digest, configuration_files
from mlc_containers.names import resource_name
from mlc_containers.parts import Part, parts_of
from mlc_runtime.plan import Plan
from mlc_stepfunctions.environment import Site
from mlc_stepfunctions.names import alphanumeric
from mlc_stepfunctions.stages import fit


@dataclass(frozen=True)
class StateMachine:
    """A state machine.

    Attributes:
        part: what it runs, fitted to the environment.
        site: the environment.
        prefix: what the keys of the files begin with that its jobs read.
    """

    part: Part
    site: Site
    prefix: str

    @property
    def plan(self) -> Plan:
        """What it runs."""
        return self.part.plan

    @property
    def name(self) -> str:
        """What Step Functions calls it, and what the names of its job definitions begin with."""
        return resource_name(self.plan.name) + self.part.suffix

    @property
    def id(self) -> str:
        """What the names begin with by which the stack calls what is its own."""
        return self.part.name and f"Part{alphanumeric(self.part.name)}"

    def address(self, file: str) -> str:
        """Where a file is that its jobs read."""
        return f"s3://{self.site.bucket}/{self.prefix}{file}"


def state_machines(plan: Plan, site: Site) -> tuple[StateMachine, ...]:
    """The state machines of a pipeline, that of the whole first."""
    parts = parts_of(plan, lambda each: fit(each, site.settings.jobs, site.data.get("parallelism")))
    prefix = configuration_prefix(parts[0].plan, site)
    return tuple(StateMachine(part, site, prefix) for part in parts)


def configuration_prefix(plan: Plan, site: Site) -> str:
    """What the keys begin with of the files that the runtime reads; another plan or environment changes it."""
    return f"{site.prefix}plan/{resource_name(plan.name)}/{configuration_digest(plan, site)}/"


def read_by_jobs(machines: Sequence[StateMachine]) -> dict[str, bytes]:
    """The files that jobs read, by name: the plan of each state machine, and one environment for all."""
    whole, *parts = machines
    plans = {each.part.file(PLAN_FILE): configuration_files(each.plan, each.site)[PLAN_FILE] for each in parts}
    return {**configuration_files(whole.plan, whole.site), **plans}
