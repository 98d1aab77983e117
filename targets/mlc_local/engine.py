"""Run a plan on this machine: one coordinator, which imports no data library, and workers that stay warm."""

from __future__ import annotations

import shutil
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from mlc_local import history
from mlc_local.coordinator import Coordinator
from mlc_local.machine import available_cpus, shortfall, this_machine
from mlc_local.messages import Prepare, Setup
from mlc_local.progress import Progress, Silent
from mlc_local.result import RunResult, Trouble
from mlc_local.until import asked, needs
from mlc_runtime.errors import InfrastructureError, InvalidInputError, StepError
from mlc_runtime.keys import digest
from mlc_runtime.parameters import instant
from mlc_runtime.parameters import parameters as typed
from mlc_runtime.plan import Plan, dump
from mlc_runtime.results import values
from mlc_runtime.store import Store, open_store
from mlc_runtime.store.directory import DirectoryStore
from mlc_runtime.summary import summarise


def run(
    plan: Plan,
    *,
    root: Path,
    environment: Mapping[str, Any],
    store_path: str,
    jobs: int | None = None,
    parameters: Mapping[str, str] | None = None,
    as_of: str | None = None,
    until: str | None = None,
    fresh: bool = False,
    recompute: bool = False,
    progress: Progress | None = None,
) -> RunResult:
    """Run a plan.

    Args:
        plan: what to run.
        root: the project's folder.
        environment: connections and secrets.
        store_path: where the store is: a folder's path, or an address of a folder or a bucket.
        jobs: how many tasks may run at once; as many as there are CPUs for this process by default.
        parameters: text of the run's parameters by name.
        as_of: the run's logical time as text; None for the latest that the data know.
        until: the name of an entry of the spec or of a step: only what it needs is run.
        fresh: run as if nothing were stored.
        recompute: run tasks though their results are known, and compare.
        progress: is told how the run stands; None to tell nobody.

    Raises:
        InvalidInputError: a parameter, a time, a name or a version does not fit; nothing has run.
        StepError: a source that has to be looked at beforehand cannot be read as it is declared; nothing has run.
        InfrastructureError: the store or a connection is out of reach; nothing has run.
    """
    wanted = frozenset(step.name for step in plan.steps if step.root) if until is None else asked(plan, until)
    chosen = frozenset(step.name for step in plan.steps) if until is None else needs(plan, wanted)
    moment = None if as_of is None else _instant(as_of, plan)
    typed(plan.params, parameters or {}, plan.spec.get("timezone", "UTC"))  # a run that was misspelt is none
    name = history.new_name()
    store = open_store(store_path)
    folder = _folder(store, store_path, root.resolve())
    checkpoints = folder / "checkpoint" / name if fresh else folder / "checkpoint"
    address = str(folder) if isinstance(store, DirectoryStore) else store_path
    setup = Setup(dump(plan), name, root.resolve(), environment, address, folder, fresh, recompute, checkpoints)
    started = time.monotonic()
    progress = progress or Silent()
    warning = shortfall((step for step in plan.steps if step.name in chosen), this_machine())
    if warning is not None:
        progress.say(warning)
    with _conducted(plan, setup, chosen, max(1, jobs or available_cpus()), progress) as coordinator:
        asked_for = {"parameters": dict(parameters or {}), "as_of": as_of, "until": until, "fresh": fresh}
        history.begin(store, plan, name, root, asked_for)
        try:
            coordinator.prepare(Prepare(parameters or {}, moment))
        except (StepError, KeyboardInterrupt) as error:
            history.end_early(store, plan, name, error, time.monotonic() - started)
            raise
        coordinator.work(wanted)
        result = coordinator.result(wanted, time.monotonic() - started)
    if fresh:
        shutil.rmtree(checkpoints, ignore_errors=True)
    try:
        state = result.state
        found = summarise(state.plan, partial(values, state), state.bind["parameters"]["as_of"])
        result = replace(result, found=found)
        history.end(store, result, plan)
    except InfrastructureError as error:
        trouble = result.trouble or Trouble(error.code, error.message, error.help)
        return replace(result, verdict="infrastructure", trouble=trouble)
    return result


def _folder(store: Store, address: str, root: Path) -> Path:
    """Where this machine keeps its journal of a store: in the store itself, or, of a bucket, beside the spec."""
    if isinstance(store, DirectoryStore):
        return store.root.resolve()
    return root / ".mlc" / f"bucket-{digest(address)[:12]}"


def _instant(text: str, plan: Plan) -> int:
    try:
        return instant(text, plan.spec.get("timezone", "UTC"))
    except ValueError as error:
        raise InvalidInputError("MLC965", f"`{text}` is no time", "Write it as 2024-05-01T12:00.") from error


@contextmanager
def _conducted(
    plan: Plan, setup: Setup, chosen: frozenset[str], jobs: int, progress: Progress
) -> Iterator[Coordinator]:
    """A coordinator that leaves no process behind, and that hears the signals to stop."""
    coordinator = Coordinator(plan, setup, chosen, jobs, progress)
    before = {}
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            before[number] = signal.signal(number, lambda *_: coordinator.interrupt())
    try:
        yield coordinator
    finally:
        coordinator.close()
        for number, handler in before.items():
            signal.signal(number, handler)
