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
    found = {name: one for name in names if (one := secret_of(site, name)) is not None}
    return [variable(variable_name(name), one["secret"], one["key"]) for name, one in found.items()]


def secret_of(site: Site, name: str) -> Data | None:
    """The Kubernetes secret that a secret of the environment stands for; None where it is none."""
    found: Data | None = site.data.get("secrets", {}).get(name, {}).get("kubernetes")
    return found
