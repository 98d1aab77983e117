"""The engine, started once, with a role and queues."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import pytest
from tests.engines.aws.engine import Engine
from tests.engines.aws.engine import engine as run_engine
from tests.engines.aws.workspace import Workspace

RUNNING = pytest.StashKey[Engine]()


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    with run_engine({}) as running:
        request.config.stash[RUNNING] = running
        yield running


@pytest.fixture(scope="session")
def workspace(engine: Engine) -> Workspace:
    made = Workspace(engine)
    made.prepare()
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
