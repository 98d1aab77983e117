"""The environment as this target reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from mlc_containers.site import Site as ContainerSite
from mlc_stepfunctions.settings import Platform, Settings, Volume

SHORTEST = 60
"""Seconds of an attempt: AWS Batch API Reference, JobTimeout."""
_LONGEST = 31_536_000
"""Seconds of an execution: Step Functions Developer Guide, quotas."""
_PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}


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

    @property
    def volumes(self) -> Mapping[str, Volume]:
        """The folders of Amazon EFS that jobs mount, by name."""
        return self.settings.volumes

    @property
    def deadline(self) -> int:
        """The seconds that a run may take: of a minute or more, as attempts have it, and of a year at most."""
        return min(max(self.settings.deadline.micros // 1_000_000, SHORTEST), _LONGEST)

    @property
    def partition(self) -> str:
        """Which of AWS's clouds it is in, as its ARNs begin."""
        queue, region = self.settings.queue, self.settings.region or ""
        if queue is not None:
            return queue.arn.split(":")[1]
        return next((partition for begin, partition in _PARTITIONS.items() if region.startswith(begin)), "aws")

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
