"""Secrets by reference: a step's pod gets those that its step names, as variables, and the runtime is told which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mlc_argo.environment import Site
from mlc_argo.pod import variable
from mlc_runtime.plan import Plan, PlanStep

Data = dict[str, Any]

_OF_CONNECTIONS = ("password", "private_key", "access_key", "secret_key")


def variable_name(secret: str) -> str:
    """The environment variable that holds a secret in a step's container."""
    return f"MLC_SECRET_{secret.upper()}"


def variables_of(plan: Plan, site: Site, step: PlanStep) -> list[Data]:
    """The variables, sorted, with the Kubernetes secrets that a step and its members read."""
    inside = (step, *(plan.by_name[name] for name in step.members))
    return _variables(site, {name for each in inside for name in secrets_of(each, site)})


def variables_of_sources(plan: Plan, site: Site) -> list[Data]:
    """The same of the connections that all steps read: what `mlc-prepare` needs to look at the data."""
    return _variables(site, {name for step in plan.steps for name in _of_connection(step, site)})


def _variables(site: Site, names: Iterable[str]) -> list[Data]:
    known = site.data.get("secrets", {})
    found = {name: known[name]["kubernetes"] for name in sorted(names) if "kubernetes" in known.get(name, {})}
    return [variable(variable_name(name), one["secret"], one["key"]) for name, one in found.items()]


def secrets_of(step: PlanStep, site: Site) -> list[str]:
    """The names of the secrets that a step reads: its own, and those of its connection."""
    own: Mapping[str, str] = (step.params.get("locate") or {}).get("secrets") or {}
    return [*own.values(), *_of_connection(step, site)]


def _of_connection(step: PlanStep, site: Site) -> list[str]:
    connection = site.connection(step)
    return [connection[key] for key in _OF_CONNECTIONS if key in connection]
