"""The environment as this target reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from mlc_containers.site import Site as ContainerSite
from mlc_stepfunctions.settings import Platform, Settings


@dataclass(frozen=True)
class Site(ContainerSite):
    """Where a pipeline runs.

    Attributes:
        settings: `targets.stepfunctions` of the environment.
    """

    settings: Settings = field(default_factory=Settings)

    @property
    def bucket(self) -> str:
        """The bucket of the store."""
        return urlsplit(self.store).netloc

    @property
    def prefix(self) -> str:
        """What the names of all objects of the store begin with: nothing, or what ends with `/`."""
        path = urlsplit(self.store).path.strip("/")
        return f"{path}/" if path else ""

    def platform(self, pool: str | None) -> Platform:
        """What the machines of a pool are, or those of what names no pool."""
        settings = self.settings
        queue = settings.queue if pool is None else settings.queues.get(pool)
        if queue is not None:
            return queue.platform
        if self.pool(pool).get("gpu") or settings.network is None:
            return "ec2" if self.pool(pool).get("gpu") else "fargate"
        return settings.network.platform


def site_of(environment: Mapping[str, Any]) -> Site:
    """The environment of a pipeline whose settings are sound."""
    return Site(environment, Settings.model_validate(environment.get("targets", {}).get("stepfunctions", {})))
