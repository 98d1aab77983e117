"""A word to who finds the folder."""

from __future__ import annotations

from mlc_containers.image import fill_text
from mlc_runtime.plan import Plan


def readme(plan: Plan) -> bytes:
    """The README beside the manifests."""
    return fill_text(__package__, "README.md", {"pipeline": plan.name})
