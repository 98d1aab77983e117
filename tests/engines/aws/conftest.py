"""The engine, started once, with a role, queues and projects, and the runs of these that tests look at."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.engines.aws.engine import Engine
from tests.engines.aws.engine import engine as run_engine
from tests.engines.aws.inbox import Asked, Inbox, open_inbox
from tests.engines.aws.pipeline import (
    BUCKET,
    DEPARTURES,
    DUE,
    ENVIRONMENTS,
    HOSTILE,
    PREDICTIONS,
    SCORES,
    Project,
    Started,
    come_due,
    copy_project,
    submit,
)
from tests.engines.aws.workspace import Workspace
from tests.engines.compiled import plan_for
from tests.engines.image import ROOT, build
from tests.engines.local import run_here
from tests.engines.results import Results

from mlc_local.target import TARGET as LOCAL
from mlc_runtime import registry
from mlc_runtime.store import open_store
from mlc_stepfunctions.cloud import Cloud
from mlc_stepfunctions.environment import site_of
from mlc_stepfunctions.stack import install
from mlc_stepfunctions.state_machines import state_machines
from mlc_stepfunctions.target import TARGET

RUNNING = pytest.StashKey[Engine]()
RUNS = (
    "flights",
    "departures",
    "capabilities",
    "asked",
    "mishaps",
    "penguins",
    "scheduled",
    "parts",
    "flights_here",
    "departures_here",
    "penguins_here",
)
"""Fixtures that begin runs, in the order in which these begin."""


@pytest.fixture(scope="session")
def projects(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Project]:
    """Copies of what the tests run."""
    folder, examples = tmp_path_factory.mktemp("projects"), ROOT / "examples"
    return {
        "capabilities": copy_project(ENVIRONMENTS / "capabilities", folder / "capabilities", "capabilities"),
        "parts": copy_project(ROOT / "tests" / "engines" / "argo" / "projects" / "parts", folder / "parts", "parts"),
        "flights": copy_project(examples / "flights", folder / "flights", "flights"),
        # The same path from its sources to its predictions: two settings for one airport, a few inputs.
        "departures": copy_project(
            examples / "flights",
            folder / "departures",
            "departures",
            **{
                "name: flight-delays": "name: departures",
                "[sky, carrier, route, crew, landed, aircraft, airport.delay, ahead, plane, queue, flight]": (
                    "[sky, carrier, plane, flight]"
                ),
                "each: {origin: [EWR, JFK, LGA]}": "each: {origin: [JFK]}",
                "max_iter: 150": "max_iter: 30",
                "learning_rate: [0.03, 0.1, 0.3], max_leaf_nodes: [15, 31, 63]": "learning_rate: [0.1, 0.3]",
            },
        ),
        "penguins": copy_project(examples / "penguins", folder / "penguins", "penguins"),
        # Twelve settings for each of the two largest countries.
        "countries": copy_project(
            examples / "countries",
            folder / "countries",
            "countries",
            **{"default: 0, min: 0": "default: 400000000, min: 0", "count: 25": "count: 3"},
        ),
    }


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The folders behind access points, which jobs may write, whoever they run as."""
    made = {point: tmp_path_factory.mktemp(point) for point in (PREDICTIONS, SCORES, DEPARTURES)}
    for folder in made.values():
        folder.chmod(0o777)
    return made


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest, projects: dict[str, Project], folders: dict[str, Path]) -> Iterator[Engine]:
    build()
    with (
        run_engine(dict(project.image for project in projects.values()), folders) as running,
        pytest.MonkeyPatch.context() as at,
    ):
        request.config.stash[RUNNING] = running
        for name, value in running.environment().items():
            at.setenv(name, value)
        at.setattr("mlc_stepfunctions.stack._EVERY", 0.1)
        yield running


@pytest.fixture(scope="session")
def workspace(engine: Engine) -> Workspace:
    made = Workspace(engine)
    made.prepare()
    engine.client("s3").create_bucket(Bucket=BUCKET)
    return made


@pytest.fixture(scope="session")
def inbox(engine: Engine) -> Inbox:
    """Who hears of questions."""
    return open_inbox(engine)


@pytest.fixture(scope="session")
def capabilities(workspace: Workspace, inbox: Inbox, projects: dict[str, Project]) -> Started:
    """A run with a good end."""
    workspace.engine.client("ssm").put_parameter(Name="/crm/token", Value=HOSTILE, Type="SecureString")
    spread = frozenset({"line.fit", "line.score", "flaky", "slow"})
    return submit(workspace, projects["capabilities"], spread=spread, text=HOSTILE)


@pytest.fixture(scope="session")
def asked(capabilities: Started, inbox: Inbox) -> Iterator[Future[Asked]]:
    """The question of the run with a good end, answered with a yes as soon as it comes."""

    def answer() -> Asked:
        found = Asked(inbox.find(capabilities.name), capabilities.state())
        inbox.answer(found.message, "yes")
        return found

    with ThreadPoolExecutor(1) as thread:
        yield thread.submit(answer)


@pytest.fixture(scope="session")
def mishaps(workspace: Workspace, inbox: Inbox, projects: dict[str, Project]) -> Started:
    """A run in which much fails."""
    return submit(workspace, projects["capabilities"].beside("mishaps.yaml"))


@pytest.fixture(scope="session")
def scheduled(workspace: Workspace, projects: dict[str, Project]) -> Started:
    """A run by hand of what also runs by itself."""
    return submit(workspace, projects["capabilities"].beside("scheduled.yaml"))


@pytest.fixture(scope="session")
def parts(workspace: Workspace, projects: dict[str, Project]) -> Started:
    """A run of a part that has come due; of what it leaves out a version is live."""
    project = projects["parts"]
    plan, site = plan_for(TARGET, project.spec, project.environment)
    place = site["store"]["path"]
    LOCAL.run(plan, root=project.spec.parent, environment=site, store_path=place, until="line")
    registry.promote(open_store(place), "line", 1, who="a test", when="2026-01-01T00:00:00+00:00")
    _, scores = machines = state_machines(plan, site_of(site))
    install(Cloud(), machines, ())
    name = come_due(workspace, "parts", "Schedule0", DUE)
    return Started(workspace, project, scores.plan, site, name, scores.part.suffix)


@pytest.fixture(scope="session")
def flights(workspace: Workspace, projects: dict[str, Project]) -> Started:
    return submit(workspace, projects["flights"], spread=frozenset({"late.score"}))


@pytest.fixture(scope="session")
def departures(workspace: Workspace, projects: dict[str, Project]) -> Started:
    return submit(workspace, projects["departures"])


@pytest.fixture(scope="session")
def penguins(workspace: Workspace, projects: dict[str, Project]) -> Started:
    return submit(workspace, projects["penguins"], spread=frozenset({"species.score"}))


@pytest.fixture(scope="session")
def aside() -> Iterator[Executor]:
    """Does one thing after the other while jobs run, so that they have their share of the machine."""
    with ThreadPoolExecutor(1) as thread:
        yield thread


@pytest.fixture(scope="session")
def here(aside: Executor, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Started], Future[Results]]:
    """The results, some time, of the same run on this machine."""

    def run(there: Started) -> Future[Results]:
        folder = tmp_path_factory.mktemp(there.plan.name)
        return aside.submit(run_here, there.project.spec, there.plan, folder)

    return run


@pytest.fixture(scope="session")
def flights_here(here: Callable[[Started], Future[Results]], flights: Started) -> Future[Results]:
    return here(flights)


@pytest.fixture(scope="session")
def departures_here(here: Callable[[Started], Future[Results]], departures: Started) -> Future[Results]:
    return here(departures)


@pytest.fixture(scope="session")
def penguins_here(here: Callable[[Started], Future[Results]], penguins: Started) -> Future[Results]:
    return here(penguins)


@pytest.fixture(scope="session")
def together(request: pytest.FixtureRequest) -> None:
    """All runs that tests ask for, begun at once: waiting for one is waiting for all."""
    wanted = {name for item in request.session.items for name in getattr(item, "fixturenames", ())}
    for name in RUNS:
        if name in wanted:
            request.getfixturevalue(name)


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
