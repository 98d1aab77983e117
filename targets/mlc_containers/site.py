"""The environment as targets read it that run steps in containers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mlc_containers.settings import ContainerSettings, Volume
from mlc_runtime.plan import PlanStep

PROJECT = "/mlc/project"
"""The project's folder in the step image."""


@dataclass(frozen=True)
class Site:
    """Where a pipeline runs.

    Attributes:
        data: the environment as plain data.
        settings: `targets.NAME` of it.
    """

    data: Mapping[str, Any]
    settings: ContainerSettings = field(default_factory=ContainerSettings)

    @property
    def image(self) -> str:
        """The step image."""
        return str(self.data.get("image") or "")

    @property
    def store(self) -> str:
        """Where artifacts live."""
        return str((self.data.get("store") or {}).get("path", ""))

    @property
    def volumes(self) -> Mapping[str, Volume]:
        """The folders that outlive containers, by name."""
        return {}

    @property
    def mounts(self) -> Mapping[str, str]:
        """The folders, absolute, at which volumes are mounted, by the volume's name."""
        return {name: absolute(volume.path) for name, volume in self.volumes.items()}

    def keeps(self, path: str) -> bool:
        """Whether what steps write at an absolute path is on a volume."""
        return any(
            f"{path}/".startswith(f"{at}/") for name, at in self.mounts.items() if not self.volumes[name].read_only
        )

    def connection(self, step: PlanStep) -> Mapping[str, Any]:
        """The connection that a step reads or writes through; empty where that is none of the environment's."""
        name = (step.params.get("locate") or {}).get("connection")
        found: Mapping[str, Any] = self.data.get("connections", {}).get(name, {})
        return found

    def pool(self, name: str | None) -> Mapping[str, Any]:
        """A pool by its name."""
        found: Mapping[str, Any] = self.data.get("pools", {}).get(name, {}) if name else {}
        return found


def absolute(path: str) -> str:
    """A path of the step image; relative ones begin at the project's folder."""
    return path.rstrip("/") or "/" if path.startswith("/") else f"{PROJECT}/{path}".rstrip("/")
