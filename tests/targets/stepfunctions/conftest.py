"""Plans of small specs, and what the target makes of them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import yaml
from tests.targets.stepfunctions.environment import ENVIRONMENT

from mlc_runtime.plan import Plan
from mlc_stepfunctions.target import TARGET


@dataclass(frozen=True)
class Emitted:
    """What was emitted, as text and as data."""

    files: Mapping[str, bytes]

    @property
    def machine(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.files["state-machine.asl.json"])
        return found

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = yaml.safe_load(self.files["template.yaml"])["Resources"]
        return found

    @property
    def stages(self) -> list[list[str]]:
        return [[row["step"] for row in stage] for stage in self._begin["stages"]]

    @property
    def rows(self) -> dict[str, dict[str, Any]]:
        return {row["step"]: row for stage in self._begin["stages"] for row in stage}

    def job(self, step: str) -> dict[str, Any]:
        """The job definition of a step."""
        found: dict[str, Any] = self.resources[self.rows[step]["job"]]["Properties"]
        return found

    @property
    def _begin(self) -> dict[str, Any]:
        found: dict[str, Any] = self.machine["States"]["mlc-begin"]["Assign"]
        return found


@pytest.fixture
def emit() -> Callable[..., Emitted]:
    """Compiles a plan for Step Functions; what is given is added to the environment."""

    def compile_(plan: Plan, **more: Any) -> Emitted:
        return Emitted(TARGET.compile(plan, {**ENVIRONMENT, **more}))

    return compile_
