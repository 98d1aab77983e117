"""Tags of all that is made."""

from __future__ import annotations

from mlc_containers.names import resource_name
from mlc_runtime.plan import Plan
from mlc_stepfunctions.environment import Site

PIPELINE = "mlc:pipeline"


def tags(plan: Plan, site: Site) -> dict[str, str]:
    """Tags by key."""
    return {**site.settings.tags, PIPELINE: resource_name(plan.name)}


def tag_list(plan: Plan, site: Site) -> list[dict[str, str]]:
    """The same as most resources of CloudFormation have them."""
    return [{"Key": key, "Value": value} for key, value in tags(plan, site).items()]
