"""The environment as this target reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mlc_argo.settings import Settings, Volume
from mlc_containers.site import Site as ContainerSite


@dataclass(frozen=True)
class Site(ContainerSite):
    """Where a pipeline runs.

    Attributes:
        settings: `targets.argo` of the environment.
    """

    settings: Settings = field(default_factory=Settings)

    @property
    def volumes(self) -> Mapping[str, Volume]:
        """The claims that pods mount, by name."""
        return self.settings.volumes


def site_of(environment: Mapping[str, Any]) -> Site:
    """The environment of a pipeline whose settings are sound."""
    return Site(environment, Settings.model_validate(environment.get("targets", {}).get("argo", {})))
