"""A word to who finds the folder."""

from __future__ import annotations

from mlc_containers.image import fill_text
from mlc_runtime.plan import Plan


def readme(plan: Plan, *, serves: bool = False) -> bytes:
    """The README beside the manifests.

    Args:
        plan: the plan.
        serves: whether something answers requests.
    """
    needs = "run,s3,serve" if serves else "run,s3"
    return fill_text(__package__, "README.md", {"pipeline": plan.name, "extras": needs})
