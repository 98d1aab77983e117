"""What the runtime reads in every container: the plan, and of the environment what it needs to know."""

from __future__ import annotations

import bz2
import json

from mlc_containers.secrets import variable_name
from mlc_containers.site import Site
from mlc_runtime.keys import digest_bytes
from mlc_runtime.plan import ENVIRONMENT_FILE, Plan, dump, fingerprint

PLAN_FILE = "plan.json.bz2"


def configuration_files(plan: Plan, site: Site) -> dict[str, bytes]:
    """The files, by name.

    The plan is packed, to a tenth. Of the packers that Python has, bzip2 has had one implementation for twenty years,
    so that every machine gives the same bytes.
    """
    return {PLAN_FILE: bz2.compress(_compact(dump(plan))), ENVIRONMENT_FILE: runtime_environment(site)}


def configuration_digest(plan: Plan, site: Site) -> str:
    """The beginning of a digest of the files, which another plan or environment changes."""
    return digest_bytes(short_plan(plan).encode() + runtime_environment(site))[:12]


def short_plan(plan: Plan) -> str:
    """The beginning of the plan's hash."""
    return fingerprint(plan)[:12]


def runtime_environment(site: Site) -> bytes:
    """Store, connections and secrets, those there are; a secret is where a container has it: in a variable."""
    data = {
        "store": site.data.get("store"),
        "connections": site.data.get("connections"),
        "secrets": {name: {"env": variable_name(name)} for name in site.data.get("secrets", {})},
    }
    return (json.dumps({name: one for name, one in data.items() if one}, indent=1, sort_keys=True) + "\n").encode()


def _compact(document: bytes) -> bytes:
    return json.dumps(json.loads(document), sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
