"""Secrets by reference: a step's pod gets those that its step names, as variables, and the runtime is told which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlc_argo.environment import Site
from mlc_runtime.plan import Plan, PlanStep

_OF_CONNECTIONS = ("password", "private_key", "access_key", "secret_key")


def variable_name(secret: str) -> str:
    """The environment variable that holds a secret in a step's container."""
    return f"MLC_SECRET_{secret.upper()}"


def variables_of(plan: Plan, site: Site, *steps: PlanStep) -> dict[str, Mapping[str, str]]:
    """The Kubernetes secrets that steps and their members read, `{"secret", "key"}` by variable, sorted."""
    inside = [each for step in steps for each in (step, *(plan.by_name[name] for name in step.members))]
    names = {name for step in inside for name in secrets_of(step, site)}
    known = site.data.get("secrets", {})
    return {
        variable_name(name): known[name]["kubernetes"] for name in sorted(names) if "kubernetes" in known.get(name, {})
    }


def secrets_of(step: PlanStep, site: Site) -> list[str]:
    """The names of the secrets that a step reads: its own, and those of its connection."""
    locate: Mapping[str, Any] = step.params.get("locate") or {}
    connection = site.data.get("connections", {}).get(locate.get("connection"), {})
    return [*(locate.get("secrets") or {}).values(), *(connection[key] for key in _OF_CONNECTIONS if key in connection)]
