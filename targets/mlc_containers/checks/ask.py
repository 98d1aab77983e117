"""What is asked of a target."""

from __future__ import annotations

from dataclasses import dataclass

from mlc_compiler.source.place import Place
from mlc_compiler.target import Files
from mlc_containers.site import Site
from mlc_runtime.plan import Plan, PlanStep


@dataclass(frozen=True)
class Ask:
    """A plan for an environment, and where both are written.

    Attributes:
        target: the target's name.
        plan: the plan.
        site: the environment.
        files: the names of their documents.
    """

    target: str
    plan: Plan
    site: Site
    files: Files

    def environment(self, *path: str | int) -> Place:
        """A place in the environment."""
        return Place(self.files.environment, path)

    def setting(self, *path: str | int) -> Place:
        """A place in the target's settings."""
        return self.environment("targets", self.target, *path)

    def step(self, step: PlanStep, *path: str | int) -> Place:
        """The place of the entry of the spec that a step comes from, or of what lies below it."""
        return Place(self.files.spec, (*step.origin[0][:2], *path))
