"""When runs start by themselves. A missed start is made up for within an hour; a run waits for none, it is left out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mlc_argo.environment import Site
from mlc_argo.metadata import API, metadata
from mlc_containers.names import resource_name
from mlc_containers.parts import Part
from mlc_runtime.plan import Plan

Data = dict[str, Any]

_LATE = 3600  # seconds that a missed start may be late


_NAMES = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


def cron_workflows(plan: Plan, site: Site, parts: Iterable[Part]) -> list[Data]:
    """The CronWorkflows of a pipeline, one for each part that is scheduled: a run's logical time is the scheduled one.

    Args:
        plan: the plan.
        site: the environment.
        parts: the whole and the parts.
    """
    return [_cron_workflow(plan, site, part) for part in parts if part.crons]


def _cron_workflow(plan: Plan, site: Site, part: Part) -> Data:
    found = metadata(plan, site, part.suffix, annotate=True)
    return {
        **API,
        "kind": "CronWorkflow",
        "metadata": found,
        "spec": {
            "schedules": [without_seven(cron) for cron in part.crons],
            "timezone": plan.spec.get("timezone", "UTC"),
            "concurrencyPolicy": "Forbid",
            "startingDeadlineSeconds": _LATE,
            "successfulJobsHistoryLimit": 10,
            "failedJobsHistoryLimit": 10,
            "workflowSpec": {
                "workflowTemplateRef": {"name": found["name"]},
                "arguments": {"parameters": [{"name": "as_of", "value": "{{workflow.scheduledTime}}"}]},
            },
        },
    }


def without_seven(cron: str) -> str:
    """A cron line in which Sunday is 0: Argo's reader has no day 7.

    >>> without_seven("0 3 * * 5-7"), without_seven("0 3 * * 7")
    ('0 3 * * 5,6,0', '0 3 * * 0')
    """
    *others, days = cron.split()
    return " ".join((*others, ",".join(map(_days, days.split(",")))))


def _days(part: str) -> str:
    ends, _, step = part.partition("/")
    first, _, last = ends.partition("-")
    if (last or first) != "7":
        return part
    start = int(first) if first.isdigit() else _NAMES.index(first.lower())
    return ",".join(str(day % 7) for day in range(start, 8, int(step or 1)))


def run_manifest(plan: Plan, site: Site) -> Data:
    """A run by hand, for `kubectl create`."""
    name, namespace = resource_name(plan.name), site.settings.namespace
    return {
        **API,
        "kind": "Workflow",
        "metadata": {"generateName": f"{name}-", **({"namespace": namespace} if namespace else {})},
        "spec": {"workflowTemplateRef": {"name": name}},
    }
