"""A word to who finds the folder."""

from __future__ import annotations

from mlc_containers.image import fill_text
from mlc_containers.names import resource_name
from mlc_runtime.plan import Plan
from mlc_stepfunctions.environment import Site
from mlc_stepfunctions.jobs import configuration_prefix


def readme(plan: Plan, site: Site) -> bytes:
    """The README beside the template."""
    holes = {
        "pipeline": plan.name,
        "stack": resource_name(plan.name),
        "folder": f"s3://{site.bucket}/{configuration_prefix(plan, site)}",
    }
    return fill_text(__package__, "README.md", holes)
