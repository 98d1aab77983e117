"""Plans of examples and of small specs, and what the target makes of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from mlc_argo.target import TARGET
from mlc_runtime.plan import Plan

ENVIRONMENT = {
    "store": {"path": "s3://bucket/prefix"},
    "image": "registry.example/ml@sha256:" + "0" * 64,
}


@dataclass(frozen=True)
class Emitted:
    """What was emitted, as text and as data."""

    files: Mapping[str, bytes]

    def documents(self, name: str) -> list[Any]:
        return list(yaml.safe_load_all(self.files[name]))

    @property
    def spec(self) -> dict[str, Any]:
        found: dict[str, Any] = self.documents("workflow.yaml")[0]["spec"]
        return found

    @property
    def templates(self) -> dict[str, dict[str, Any]]:
        return {template["name"]: template for template in self.spec["templates"]}

    def tasks(self) -> dict[str, dict[str, Any]]:
        return {task["name"]: task for task in self.templates["mlc-run"]["dag"]["tasks"]}

    @property
    def last(self) -> list[dict[str, Any]]:
        """What runs last, in order."""
        return [step for [step] in self.templates["mlc-exit"]["steps"]]


@pytest.fixture
def emit() -> Callable[..., Emitted]:
    """Compiles a plan for Argo; what is given is added to the environment."""

    def compile_(plan: Plan, **more: Any) -> Emitted:
        return Emitted(TARGET.compile(plan, {**ENVIRONMENT, **more}))

    return compile_


@pytest.fixture
def emit_spec(workshop: Any, emit: Callable[..., Emitted]) -> Callable[..., Emitted]:
    """Compiles the text of a spec for Argo."""

    def compile_(spec: str, files: Mapping[str, str] | None = None, **more: Any) -> Emitted:
        workshop.write(files or {})
        return emit(workshop.compile(spec).plan, **more)

    return compile_
