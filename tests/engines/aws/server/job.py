"""A job of AWS Batch: what was asked for, and how it stands."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.batch.models import JobDefinition, JobQueue

SUBMITTED, PENDING, RUNNABLE, STARTING, RUNNING = "SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING"
SUCCEEDED, FAILED = "SUCCEEDED", "FAILED"
STATUSES = (SUBMITTED, PENDING, RUNNABLE, STARTING, RUNNING, SUCCEEDED, FAILED)


class CannotStartError(Exception):
    """A container that AWS Batch cannot start; the text is the reason that it gives."""


def now() -> int:
    """Milliseconds, as AWS Batch counts time."""
    return int(time.time() * 1000)


@dataclass(eq=False)
class Job:
    """A job, an array, or a child of an array.

    Attributes:
        request: the SubmitJob request, as it came.
        index: the place of a child in its array.
        blockers: ids of the jobs that must succeed first.
        stopping: set when somebody wants it to end; `stop_reason` says why.
    """

    id: str
    arn: str
    definition: JobDefinition
    queue: JobQueue
    request: Mapping[str, Any]
    parent: Job | None = None
    index: int | None = None
    children: list[Job] = field(default_factory=list)
    blockers: set[str] = field(default_factory=set)
    status: str = SUBMITTED
    status_reason: str = ""
    attempts: list[dict[str, Any]] = field(default_factory=list)
    log_stream: str | None = None
    created: int = field(default_factory=now)
    started: int | None = None
    stopped: int | None = None
    stopping: threading.Event = field(default_factory=threading.Event)
    stop_reason: str = ""
    lost: threading.Event = field(default_factory=threading.Event)

    @property
    def ended(self) -> bool:
        """Whether nothing more happens."""
        return self.status in {SUCCEEDED, FAILED}

    @property
    def container(self) -> Mapping[str, Any]:
        """The container of the definition."""
        found: Mapping[str, Any] = self.definition.container_properties or {}
        return found

    @property
    def overrides(self) -> Mapping[str, Any]:
        """What was asked for instead."""
        found: Mapping[str, Any] = self.request.get("containerOverrides") or {}
        return found

    @property
    def resources(self) -> dict[str, str]:
        """Amounts by type."""
        wanted = (*self.container["resourceRequirements"], *self.overrides.get("resourceRequirements", ()))
        return {each["type"]: each["value"] for each in wanted}

    @property
    def variables(self) -> dict[str, str]:
        """The variables of the container that a person gave."""
        given = (*self.container["environment"], *self.overrides.get("environment", ()))
        return {each["name"]: each["value"] for each in given}

    @property
    def strategy(self) -> Mapping[str, Any]:
        """How often it is tried, and when."""
        found: Mapping[str, Any] = self.request.get("retryStrategy") or self.definition.retry_strategy or {}
        return found

    @property
    def time_limit(self) -> int | None:
        """The seconds that an attempt may take."""
        given = self.request.get("timeout") or self.definition.timeout or {}
        return given.get("attemptDurationSeconds")

    def summary(self) -> dict[str, Any]:
        """As ListJobs shows it."""
        found: dict[str, Any] = {
            "jobId": self.id,
            "jobArn": self.arn,
            "jobName": self.request["jobName"],
            "jobDefinition": self.definition.arn,
            "createdAt": self.created,
            "status": self.status,
        }
        found |= {"statusReason": self.status_reason} if self.status_reason else {}
        found |= {"startedAt": self.started} if self.started else {}
        found |= {"stoppedAt": self.stopped} if self.stopped else {}
        if self.attempts:
            last = self.attempts[-1]["container"]
            found["container"] = {name: last[name] for name in ("exitCode", "reason") if name in last}
        return found | self._array()

    def describe(self) -> dict[str, Any]:
        """As DescribeJobs shows it."""
        last = self.attempts[-1]["container"] if self.attempts else {}
        container = {
            **self.container,
            "command": self.overrides.get("command", self.container["command"]),
            "environment": [{"name": name, "value": value} for name, value in self.variables.items()],
            "resourceRequirements": [{"type": kind, "value": value} for kind, value in self.resources.items()],
            **{name: last[name] for name in ("exitCode", "reason") if name in last},
            **({"logStreamName": self.log_stream} if self.log_stream else {}),
        }
        return {
            **self.summary(),
            "jobQueue": self.queue.arn,
            "dependsOn": self.request.get("dependsOn") or [],
            "parameters": {**self.definition.parameters, **(self.request.get("parameters") or {})},
            "retryStrategy": dict(self.strategy),
            **({"timeout": {"attemptDurationSeconds": self.time_limit}} if self.time_limit else {}),
            "tags": self.request.get("tags") or {},
            "container": container,
            "attempts": self.attempts,
            "platformCapabilities": self.definition.platform_capabilities or ["EC2"],
        }

    def _array(self) -> dict[str, Any]:
        if self.index is not None:
            return {"arrayProperties": {"index": self.index}}
        if not self.children:
            return {}
        counts = Counter(child.status for child in self.children)
        summary = {status: counts[status] for status in STATUSES}
        return {"arrayProperties": {"size": len(self.children), "statusSummary": summary}}
