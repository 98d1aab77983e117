"""The examples on the engine: what is made there is what is made here."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.engines.aws.pipeline import Project, run_here, submit
from tests.engines.aws.workspace import Workspace


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", ["flights", pytest.param("whole-flights", marks=pytest.mark.deep)])
def test_what_is_made_there_is_what_is_made_here(
    workspace: Workspace, projects: dict[str, Project], name: str, tmp_path: Path
) -> None:
    there = submit(workspace, projects[name], spread=frozenset({"late.score"}))
    here = run_here(there, tmp_path)
    ended = there.wait()
    assert ended["status"] == "SUCCEEDED", there.troubles()
    assert there.results.contents() == here.contents()
    assert [job["jobName"] for job in there.submitted() if "arrayProperties" in job] == ["late-score"]
