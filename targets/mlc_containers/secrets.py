"""Which secrets steps read, and under which names they find them."""

from __future__ import annotations

from collections.abc import Mapping

from mlc_containers.site import Site
from mlc_runtime.plan import Plan, PlanStep

_OF_CONNECTIONS = ("password", "private_key", "access_key", "secret_key")


def variable_name(secret: str) -> str:
    """The environment variable that holds a secret in a step's container."""
    return f"MLC_SECRET_{secret.upper()}"


def secrets_of_step(plan: Plan, site: Site, step: PlanStep) -> list[str]:
    """The names, sorted, of the secrets that a step and its members read."""
    inside = (step, *(plan.by_name[name] for name in step.members))
    return sorted({name for each in inside for name in secrets_of(each, site)})


def secrets_of_sources(plan: Plan, site: Site) -> list[str]:
    """The same of the connections that all steps read: what `mlc-prepare` needs to look at the data."""
    return sorted({name for step in plan.steps for name in _of_connection(step, site)})


def secrets_of(step: PlanStep, site: Site) -> list[str]:
    """The names of the secrets that a step reads: its own, and those of its connection."""
    own: Mapping[str, str] = (step.params.get("locate") or {}).get("secrets") or {}
    return [*own.values(), *_of_connection(step, site)]


def _of_connection(step: PlanStep, site: Site) -> list[str]:
    connection = site.connection(step)
    return [connection[key] for key in _OF_CONNECTIONS if key in connection]
