"""The engine, started once, with a role and queues."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import pytest
from tests.engines.aws.engine import Engine
from tests.engines.aws.engine import engine as run_engine
from tests.engines.aws.pipeline import BUCKET, ENVIRONMENTS, Project, copy_project
from tests.engines.aws.workspace import Workspace
from tests.engines.image import ROOT, build

DELIVERY = """  late_today: {model: late, mode: batch, window: -1d..0d, write: predictions/late.parquet,
               when: late.test.roc_auc > baseline.test.roc_auc}
"""

RUNNING = pytest.StashKey[Engine]()


@pytest.fixture(scope="session")
def projects(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Project]:
    """Copies of what the tests run."""
    folder, examples = tmp_path_factory.mktemp("projects"), ROOT / "examples"
    return {
        "capabilities": copy_project(ENVIRONMENTS / "capabilities", folder / "capabilities", "capabilities"),
        # Without what is written to a file, which no job can do for others.
        "flights": copy_project(examples / "flights", folder / "flights", "flights", **{DELIVERY: ""}),
        # Twelve settings for each of the two largest countries.
        "countries": copy_project(
            examples / "countries",
            folder / "countries",
            "countries",
            **{"default: 0, min: 0": "default: 400000000, min: 0", "count: 25": "count: 3"},
        ),
    }


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest, projects: dict[str, Project]) -> Iterator[Engine]:
    build()
    with (
        run_engine(dict(project.image for project in projects.values())) as running,
        pytest.MonkeyPatch.context() as at,
    ):
        request.config.stash[RUNNING] = running
        for name, value in running.environment().items():
            at.setenv(name, value)
        yield running


@pytest.fixture(scope="session")
def workspace(engine: Engine) -> Workspace:
    made = Workspace(engine)
    made.prepare()
    engine.client("s3").create_bucket(Bucket=BUCKET)
    return made


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure shows what the engine said."""
    report = yield
    running = item.config.stash.get(RUNNING, None)
    if report.failed and running:
        report.sections.append(("engine", running.service.tail()))
    return report
