"""The target `local`: runs plans on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlc_local import engine, history
from mlc_local.progress import Progress
from mlc_local.result import RunResult
from mlc_runtime import registry
from mlc_runtime.plan import Plan, dump
from mlc_runtime.store.directory import DirectoryStore

STORE = ".mlc"
"""The folder of the store below the project's, where the environment names none."""


class LocalTarget:
    """Runs plans by worker processes on this machine."""

    name = "local"
    version = "1"
    title = "this machine, by worker processes"

    def compile(self, plan: Plan, environment: Mapping[str, Any]) -> Mapping[str, bytes]:  # noqa: ARG002
        """The plan as it is: the same for every environment, since only the run needs to know where things are."""
        return {"plan.json": dump(plan)}

    def store(self, root: Path, environment: Mapping[str, Any]) -> Path:
        """The store's folder: the environment's `store.path`, else `.mlc` in the project's folder."""
        return root / ((environment.get("store") or {}).get("path") or STORE)

    def run(
        self,
        plan: Plan,
        *,
        root: Path,
        environment: Mapping[str, Any],
        jobs: int | None = None,
        parameters: Mapping[str, str] | None = None,
        as_of: str | None = None,
        until: str | None = None,
        fresh: bool = False,
        recompute: bool = False,
        progress: Progress | None = None,
    ) -> RunResult:
        """Run a plan, see `mlc_local.engine.run`."""
        return engine.run(
            plan,
            root=root,
            environment=environment,
            store_path=self.store(root, environment),
            jobs=jobs,
            parameters=parameters,
            as_of=as_of,
            until=until,
            fresh=fresh,
            recompute=recompute,
            progress=progress,
        )

    def runs(self, store: Path) -> list[dict[str, Any]]:
        """The runs of a store, the latest first."""
        return history.list_runs(store)

    def show(self, store: Path, run: str) -> dict[str, Any]:
        """A run of a store, by its identifier or the beginning of it."""
        return history.show_run(store, run)

    def models(self, store: Path) -> dict[str, list[registry.Version]]:
        """The registered models of a store with their versions, the oldest first."""
        objects = DirectoryStore(store)
        return {name: registry.versions(objects, name) for name in registry.models(objects)}


TARGET = LocalTarget()
