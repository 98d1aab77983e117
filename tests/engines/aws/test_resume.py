"""A run that is stopped half-way, and goes on: as the command line does it, with what a disturbed run must not lose."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.engines.aws.pipeline import BUCKET, Project, Started, run_here, submit
from tests.engines.aws.workspace import Workspace

from mlc_compiler.cli.main import main


def objects(workspace: Workspace, prefix: str) -> dict[str, tuple[str, Any]]:
    """The digests and times of objects, by their keys."""
    pages = workspace.engine.client("s3").get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
    return {each["Key"]: (each["ETag"], each["LastModified"]) for page in pages for each in page.get("Contents", [])}


def half_way(started: Started) -> bool:
    """Whether some models are fitted, and some are not."""
    for job in started.submitted():
        if job["jobName"] == "curve-score":
            summary = job["arrayProperties"]["statusSummary"]
            return 0 < summary["SUCCEEDED"] < job["arrayProperties"]["size"]
    return False


@pytest.mark.timeout(1200)
def test_a_stopped_run_goes_on_with_what_is_missing(
    workspace: Workspace,
    projects: dict[str, Project],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    started = submit(workspace, projects["countries"], spread=frozenset({"curve.score"}))
    monkeypatch.chdir(started.project.spec.parent)
    environment = ("--env", str(started.project.environment))
    started.wait(lambda _: half_way(started))
    assert main(["stop", started.name, *environment]) == 0
    assert started.wait()["status"] == "ABORTED"
    for job in started.submitted():
        workspace.wait_for_job(job["jobId"])
    kept = objects(workspace, "countries/task/")
    assert main(["status", started.name, *environment]) == 3
    capsys.readouterr()
    assert main(["resume", started.name, *environment]) == 0
    assert capsys.readouterr().out.strip() == started.name, "as itself: it was stopped, and nothing has changed"
    here = run_here(started, tmp_path)
    ended = started.wait()
    assert ended["status"] == "SUCCEEDED", started.troubles()
    assert started.results.contents() == here.contents()
    after = objects(workspace, "countries/task/")
    assert {key: after[key] for key in kept} == kept, "what was done is not done again"
