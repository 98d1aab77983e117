"""The target `local`: runs plans on this machine."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mlc_local import engine, history, look, result
from mlc_local.progress import open_progress
from mlc_runtime import registry
from mlc_runtime.plan import Plan, dump
from mlc_runtime.store import open_store


class LocalTarget:
    """Runs plans by worker processes on this machine."""

    name = "local"
    version = "1"
    title = "this machine, by worker processes"

    def compile(self, plan: Plan, environment: Mapping[str, Any]) -> Mapping[str, bytes]:  # noqa: ARG002 - as all targets
        """The plan as it is: the same for every environment, since only the run needs to know where things are."""
        return {"plan.json": dump(plan)}

    def run(
        self,
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
    ) -> result.RunResult:
        """Run a plan, telling on standard error how it stands; see `mlc_local.engine.run`."""
        return engine.run(
            plan,
            root=root,
            environment=environment,
            store_path=store_path,
            jobs=jobs,
            parameters=parameters,
            as_of=as_of,
            until=until,
            fresh=fresh,
            recompute=recompute,
            progress=open_progress(sys.stderr),
        )

    def runs(self, store_path: str) -> Sequence[Mapping[str, Any]]:
        """The runs of a store, the latest first; see `mlc_local.history.list_runs`."""
        return history.list_runs(open_store(store_path))

    def show(self, store_path: str, run: str) -> Mapping[str, Any]:
        """A run of a store, by its identifier or the beginning of one; see `mlc_local.history.show_run`."""
        return history.show_run(open_store(store_path), run)

    def steps(self, store_path: str, pipeline: str, run: str | None) -> Sequence[Mapping[str, Any]]:
        """The steps of a pipeline's run, the latest by default; see `mlc_local.look.steps`."""
        return look.steps(open_store(store_path), pipeline, run)

    def look(
        self,
        store_path: str,
        pipeline: str,
        step: str,
        *,
        run: str | None = None,
        port: str | None = None,
        at: Mapping[str, str] | None = None,
        rows: int = 10,
        out: Path | None = None,
    ) -> Mapping[str, Any]:
        """One output of one task of a run, written to a file where one is named; see `mlc_local.look.look`."""
        asked = look.Asked(pipeline, step, run, port, at or {}, rows)
        return look.look(open_store(store_path), asked, out)

    def models(self, store_path: str) -> Mapping[str, Sequence[registry.Version]]:
        """The registered models of a store with their versions, the oldest first."""
        store = open_store(store_path)
        return {name: registry.versions(store, name) for name in registry.models(store)}


TARGET = LocalTarget()
