"""The start of a run: find out what keys depend on and compiling could not know, and write it down once."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlc_runtime import layout, registry
from mlc_runtime.context import Context
from mlc_runtime.errors import InvalidInputError, about
from mlc_runtime.execute import load_operation
from mlc_runtime.experiment import control
from mlc_runtime.experiment.exposure import parts
from mlc_runtime.fingerprint import Fingerprints
from mlc_runtime.keys import canonical
from mlc_runtime.parameters import parameters
from mlc_runtime.params import fill, holes
from mlc_runtime.plan import Plan, PlanStep, fingerprint
from mlc_runtime.store.store import Store
from mlc_runtime.versions import versions

VERSION = 1


@dataclass(frozen=True)
class Site:
    """Where a run takes place.

    Attributes:
        store: where artifacts live.
        root: the project's folder.
        environment: connections and secrets, as the environment document has them.
    """

    store: Store
    root: Path
    environment: Mapping[str, Any] = field(default_factory=dict)


def prepare(
    plan: Plan, run: str, site: Site, *, given: Mapping[str, str] | None = None, as_of: int | None = None
) -> dict[str, Any]:
    """The facts of a run, found and written when it is first asked for, read ever after.

    Args:
        plan: what is run.
        run: the run's identifier.
        site: where it takes place.
        given: text of parameters by name.
        as_of: the run's logical time, microseconds since the epoch; None for the latest known time in the sources
            that labels read.

    Returns:
        `{"mlc_bind", "run", "plan", "parameters", "sources", "live", "experiments", "exposures", "versions"}`; `as_of`
        is one of the parameters.

    Raises:
        InvalidInputError: `MLC964` to `MLC967`: a version, a parameter or a logical time that does not fit, or a run
            of this name that was started with another plan.
        InfrastructureError: the store or a connection is out of reach.
    """
    started = read_bind(site.store, run)
    if started is None:
        bind = _find(plan, run, site, given or {}, as_of)
        site.store.put_new(layout.bind(run), canonical(bind))
        started = read_bind(site.store, run) or bind
    if started["plan"] != fingerprint(plan):
        raise InvalidInputError(
            "MLC966",
            f"run `{run}` was started with another plan",
            "Start a new run, or go back to the plan of this one.",
        )
    return started


def read_bind(store: Store, run: str) -> dict[str, Any] | None:
    """The facts of a run that was prepared, or None."""
    data = store.get(layout.bind(run))
    if data is None:
        return None
    try:
        bind: dict[str, Any] = json.loads(data)
        if bind["mlc_bind"] == VERSION:
            return bind
    except (ValueError, TypeError, KeyError):
        pass
    raise InvalidInputError("MLC966", f"the facts of run `{run}` are damaged or of another version", "Start a new run.")


def _find(plan: Plan, run: str, site: Site, given: Mapping[str, str], as_of: int | None) -> dict[str, Any]:
    timezone = plan.spec.get("timezone", "UTC")
    bind: dict[str, Any] = {
        "mlc_bind": VERSION,
        "run": run,
        "plan": fingerprint(plan),
        "parameters": {**parameters(plan.params, given, timezone), "as_of": as_of},
        "versions": versions(name for step in plan.steps for name in step.distributions),
    }
    fingerprints = Fingerprints(site.store, site.root, site.environment, run)
    reads = {name: step for step in plan.steps for name in _sources(step)}
    bind["sources"] = {}
    for name, step in sorted(reads.items()):
        with about(step.name):
            bind["sources"][name] = fingerprints.source(fill(step.params.get("locate", {}), {}, bind))
    fingerprints.save()
    if as_of is None:
        times = [_latest(read, bind, site, timezone) for read in plan.spec.get("as_of", [])]
        bind["parameters"]["as_of"] = max((time for time in times if time is not None), default=None)
    moment = bind["parameters"]["as_of"]
    bind["live"] = {name: _live(site.store, name, moment) for name in _named(plan, "live")}
    bind["experiments"] = _running(plan, site.store)
    bind["exposures"] = {name: parts(site.store, plan.name, name) for name in _named(plan, "exposures")}
    return bind


def _named(plan: Plan, kind: str) -> list[str]:
    """What the holes of a kind name, sorted."""
    return sorted({path[1] for step in plan.steps for path in holes(step.params, "$bind") if path[0] == kind})


def _sources(step: PlanStep) -> list[str]:
    return [path[1] for path in holes(step.params, "$bind") if path[0] == "sources"]


def _live(store: Store, name: str, as_of: int | None) -> dict[str, Any] | None:
    version = registry.live(store, name, as_of)
    return None if version is None else {"version": version.version, "key": version.key}


def _running(plan: Plan, store: Store) -> dict[str, str | None]:
    """What runs of the experiments that a plan asks for, as text; None for one that does not."""
    names = _named(plan, "experiments")
    known = control.states(store, plan.name) if names else {}
    running = {name for name, state in known.items() if state.running}
    return {name: control.dump_running(known[name]) if name in running else None for name in names}


def _latest(read: Mapping[str, Any], bind: Mapping[str, Any], site: Site, timezone: str) -> int | None:
    """The latest known time in what a read would give."""
    operation = load_operation(read["op"], site.root)
    if not hasattr(operation, "latest_known"):
        raise InvalidInputError(
            "MLC967",
            f"the logical time cannot be found: `{read['name']}` is made, not read",
            "Say it: `--as-of TIME`.",
        )
    params = fill(read["params"], {}, bind)
    with tempfile.TemporaryDirectory(prefix="mlc-prepare-") as workdir:
        context = Context(
            parameters=bind["parameters"],
            timezone=params.get("timezone") or timezone,
            seed=0,
            root=site.root,
            workdir=Path(workdir),
            store=site.store,
            run=bind["run"],
            environment=site.environment,
            step=read["name"],
        )
        with about(read["name"]):
            found: int | None = operation.latest_known(params, context)
    return found
