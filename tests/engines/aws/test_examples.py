"""The examples on the engine: what is made there is what is made here, of a run that is stopped half-way too."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from tests.engines.aws.pipeline import BUCKET, DEPARTURES, PREDICTIONS, Project, Started, submit
from tests.engines.aws.workspace import Workspace
from tests.engines.probe import agree
from tests.engines.results import Results

from mlc_compiler.cli.main import main

pytestmark = [pytest.mark.timeout(1200), pytest.mark.usefixtures("together")]


@pytest.fixture(scope="module")
def countries(workspace: Workspace, projects: dict[str, Project]) -> Started:
    return submit(workspace, projects["countries"], spread=frozenset({"curve.score"}))


def objects(workspace: Workspace, prefix: str) -> dict[str, tuple[str, Any]]:
    """The digests and times of objects, by their keys."""
    pages = workspace.engine.client("s3").get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
    return {each["Key"]: (each["ETag"], each["LastModified"]) for page in pages for each in page.get("Contents", [])}


def half_way(started: Started) -> bool:
    """Whether some models are fitted, and some are not."""
    for job in started.submitted():
        if job["jobName"] == "curve-score":
            summary = job["arrayProperties"]["statusSummary"]
            return bool(0 < summary["SUCCEEDED"] < job["arrayProperties"]["size"])
    return False


def check(there: Started, future: Future[Results]) -> None:
    """Wait for both runs, and hold one to the other."""
    ended = there.wait()
    assert ended["status"] == "SUCCEEDED", there.troubles()
    agree(there.results, future.result())


def check_delivered(here: Results, folder: Path) -> None:
    """Hold the predictions on a volume to those that were written here."""
    [made] = here.run.root.glob("predictions/*")
    assert (folder / made.name).read_bytes() == made.read_bytes()


def test_a_stopped_run_goes_on_with_what_is_missing(
    workspace: Workspace,
    countries: Started,
    here: Callable[[Started], Future[Results]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(countries.project.spec.parent)
    where = (countries.name, "--env", str(countries.project.environment))
    countries.wait(lambda _: half_way(countries))
    assert main(["stop", *where]) == 0
    assert countries.wait()["status"] == "ABORTED"
    for job in countries.submitted():
        workspace.wait_for_job(job["jobId"])
    kept = objects(workspace, "countries/task/")
    assert main(["status", *where]) == 3
    capsys.readouterr()
    assert main(["resume", *where]) == 0
    assert capsys.readouterr().out.strip() == countries.name, "as itself: it was stopped, and nothing has changed"
    check(countries, here(countries))
    after = objects(workspace, "countries/task/")
    assert {key: after[key] for key in kept} == kept, "what was done is not done again"


def test_penguins(penguins: Started, penguins_here: Future[Results]) -> None:
    check(penguins, penguins_here)


def test_flights_with_fewer_settings_and_inputs(
    departures: Started, departures_here: Future[Results], folders: dict[str, Path]
) -> None:
    check(departures, departures_here)
    check_delivered(departures_here.result(), folders[DEPARTURES])


@pytest.mark.deep
def test_flights(flights: Started, flights_here: Future[Results], folders: dict[str, Path]) -> None:
    check(flights, flights_here)
    assert [job["jobName"] for job in flights.submitted() if "arrayProperties" in job] == ["late-score"]
    check_delivered(flights_here.result(), folders[PREDICTIONS])
