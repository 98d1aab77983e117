"""Who ran what, when, on which revision, and how it ended: two small objects a run, beside its facts."""

from __future__ import annotations

import json
import os
import secrets
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mlc_local.result import FailedTasks, RunResult, Trouble, Verdict
from mlc_runtime import layout
from mlc_runtime.act import act_now
from mlc_runtime.errors import InfrastructureError, InvalidInputError, StepError
from mlc_runtime.keys import canonical
from mlc_runtime.plan import Plan, dump, fingerprint
from mlc_runtime.prepare import read_bind
from mlc_runtime.revision import revision
from mlc_runtime.scratch import process_start
from mlc_runtime.store import Store
from mlc_runtime.summary import iso_in


def new_name() -> str:
    """An identifier for a run: ordered by time to the millisecond, unique, fit for a file's name."""
    now = datetime.now(UTC)
    return f"{now:%Y%m%dT%H%M%S}-{now.microsecond // 1000:03x}{secrets.randbits(20):05x}"


def begin(store: Store, plan: Plan, run: str, root: Path, asked: Mapping[str, Any]) -> None:
    """Note that a run starts."""
    store.put(layout.plan(run), dump(plan))
    start = {
        "mlc_start": 1,
        "run": run,
        "pipeline": plan.name,
        "plan": fingerprint(plan),
        "timezone": plan.spec.get("timezone", "UTC"),
        **act_now(),
        "host": socket.gethostname(),
        "process": [os.getpid(), process_start(os.getpid())],
        "revision": revision(root),
        **asked,
    }
    store.put(_start(run), canonical(start))


def end(store: Store, result: RunResult, plan: Plan) -> None:
    """Note how a run ended."""
    _end(
        store,
        plan,
        result.name,
        verdict=result.verdict,
        seconds=result.seconds,
        steps=[asdict(step) for step in result.steps],
        failures=[_failure(tasks, plan) for tasks in result.failures],
        found=result.found,
        trouble=None if result.trouble is None else asdict(result.trouble),
    )


def end_early(store: Store, plan: Plan, run: str, error: StepError | KeyboardInterrupt, seconds: float) -> None:
    """Note that a run ended before its first task, and why."""
    verdict: Verdict = "interrupted"
    trouble = None
    if isinstance(error, StepError):
        verdict = "infrastructure" if isinstance(error, InfrastructureError) else "failed"
        trouble = asdict(Trouble(error.code, error.message, error.help))
    with suppress(InfrastructureError):  # it may be the store that is out of reach
        _end(store, plan, run, verdict=verdict, seconds=round(seconds, 3), trouble=trouble)


def _end(store: Store, plan: Plan, run: str, **told: Any) -> None:
    nothing: dict[str, Any] = {"steps": [], "failures": [], "found": None}
    summary = {"mlc_summary": 1, "run": run, "pipeline": plan.name, **nothing, **told}
    # In the order of the spec, which is the order in which people read it.
    store.put(layout.summary(run), json.dumps(summary, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def list_runs(store: Store) -> list[dict[str, Any]]:
    """The runs of a store, the latest first: who, when, which revision, and how each ended."""
    found = (_told(store, name) for name in reversed(_names(store)))
    return [one for one in found if one is not None]


def show_run(store: Store, run: str) -> dict[str, Any]:
    """A run with its facts (parameters, sources, versions), what it found out, its steps and its failures.

    Args:
        store: the store.
        run: the identifier, or the beginning of one.

    Raises:
        InvalidInputError: `MLC966`, there is no such run, or several begin like this.
    """
    names = [name for name in _names(store) if name.startswith(run)]
    name = run if run in names else names[0] if len(names) == 1 else None
    told = None if name is None else _told(store, name)
    if name is None or told is None:
        message = f"{len(names)} runs begin with `{run}`" if len(names) > 1 else f"there is no run `{run}`"
        raise InvalidInputError("MLC966", message, "`mlc runs list` shows them all.")
    summary = _read(store, layout.summary(name)) or {"steps": [], "failures": []}
    bind = read_bind(store, name) or {}
    facts = {key: bind.get(key) for key in ("parameters", "sources", "versions", "live")}
    given = dict(facts.pop("parameters") or {})
    moment = given.pop("as_of", None)
    return {
        **told,
        **facts,
        "parameters": given,
        "as_of": None if moment is None else iso_in(moment, told["timezone"]),
        "steps": summary["steps"],
        "failures": summary["failures"],
        "found": summary.get("found"),
    }


def _told(store: Store, run: str) -> dict[str, Any] | None:
    start = _read(store, _start(run))
    if start is None:
        return None
    summary = _read(store, layout.summary(run))
    verdict = summary["verdict"] if summary is not None else "running" if _alive(start) else "killed"
    started = {key: item for key, item in start.items() if key not in ("mlc_start", "process")}
    found = {} if summary is None else summary.get("found") or {}
    return {
        **started,
        "as_of": found.get("as_of"),
        "metrics": {
            name: entry for name, training in found.get("training", {}).items() if (entry := _metrics(training))
        },
        "verdict": verdict,
        "seconds": None if summary is None else summary["seconds"],
        "trouble": None if summary is None else summary["trouble"],
    }


def _failure(tasks: FailedTasks, plan: Plan) -> dict[str, Any]:
    """Tasks that failed alike, for programs and for `mlc runs show`."""
    step = plan.by_name[tasks.failure.step]
    return {
        **asdict(tasks.failure),
        "tasks": dict(tasks.tasks),
        "at": [dict(at) for at in tasks.at],
        "origin": [list(path) for path in step.origin],
    }


def _metrics(training: Mapping[str, Any]) -> dict[str, float | None]:
    """The metrics of a training's chosen models together, on the test rows where there are any."""
    overall = training.get("overall") or {}
    scores = overall.get("test") or overall.get("validation") or {"metrics": {}}
    return dict(scores["metrics"])


def _alive(start: Mapping[str, Any]) -> bool:
    """Whether the process that started a run still runs; its number alone may be another's by now."""
    number, since = start["process"]
    return start["host"] == socket.gethostname() and since is not None and process_start(number) == since


def _read(store: Store, name: str) -> Any:
    try:
        return json.loads(store.get(name) or b"null")
    except ValueError:
        return None


def _start(run: str) -> str:
    return f"run/{run}/start.json"


def _names(store: Store) -> list[str]:
    """The names of all runs, sorted."""
    return sorted({name.split("/")[1] for name in store.names("run/")})
