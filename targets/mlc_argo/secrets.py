"""Secrets by reference: a step's pod gets those that its step names, as variables, and the runtime is told which."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mlc_argo.environment import Site
from mlc_argo.pod import variable
from mlc_containers.secrets import secrets_of_sources, secrets_of_step, variable_name
from mlc_runtime.plan import Plan, PlanStep

Data = dict[str, Any]


def variables_of(plan: Plan, site: Site, step: PlanStep) -> list[Data]:
    """The variables, sorted, with the Kubernetes secrets that a step and its members read."""
    return _variables(site, secrets_of_step(plan, site, step))


def variables_of_sources(plan: Plan, site: Site) -> list[Data]:
    """The same of the connections that all steps read."""
    return _variables(site, secrets_of_sources(plan, site))


def _variables(site: Site, names: Iterable[str]) -> list[Data]:
    known = site.data.get("secrets", {})
    found = {name: known[name]["kubernetes"] for name in names if "kubernetes" in known.get(name, {})}
    return [variable(variable_name(name), one["secret"], one["key"]) for name, one in found.items()]
