"""A schedule of a part of a pipeline: what it names runs by itself, with the live model of what it does not name."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
from tests.engines.argo.started import Started
from tests.engines.argo.workspace import nodes

from mlc_runtime.parameters import instant
from mlc_runtime.store.directory import DirectoryStore


def test_a_part_runs_at_its_time_with_the_live_model(parts: Started) -> None:
    ended = parts.succeed()
    assert not any(each["displayName"].startswith("line-") for each in nodes(ended, "Pod"))
    found = parts.results
    assert found.value("scores.live", "entry")["version"] == 1
    told = ended["metadata"]["annotations"]["workflows.argoproj.io/scheduled-time"]
    assert found.run.bind["parameters"]["as_of"] == instant(told, "UTC")
    assert isinstance(parts.store, DirectoryStore)
    assert pq.read_table(Path(parts.store.root) / "scores.parquet").num_rows == 24
