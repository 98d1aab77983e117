"""A word to who finds the folder."""

from __future__ import annotations

from collections.abc import Sequence

from mlc_containers.image import fill_text
from mlc_containers.names import resource_name
from mlc_runtime.plan import Plan
from mlc_stepfunctions.environment import Site
from mlc_stepfunctions.jobs import configuration_prefix
from mlc_stepfunctions.serving import Server


def readme(plan: Plan, site: Site, servers: Sequence[Server]) -> bytes:
    """The README beside the template."""
    copies = "".join(f"aws s3 cp --recursive {one.folder} s3://{site.bucket}/{one.prefix} && " for one in servers)
    holes = {
        "pipeline": plan.name,
        "stack": resource_name(plan.name),
        "extras": "run,s3,serve" if servers else "run,s3",
        "copies": copies,
        "folder": f"s3://{site.bucket}/{configuration_prefix(plan, site)}",
    }
    return fill_text(__package__, "README.md", holes)
