"""The examples run on the engine as they run on this machine: the same keys, the same contents."""

from __future__ import annotations

from concurrent.futures import Future

from tests.engines.argo.bucket import BUCKET, Server
from tests.engines.argo.started import Started
from tests.engines.argo.workspace import nodes
from tests.engines.probe import agree
from tests.engines.results import Results


def check(there: Started, future: Future[Results]) -> None:
    """Wait for both runs, and hold one to the other."""
    there.succeed()
    agree(there.results, future.result())


def test_penguins(penguins: Started, penguins_here: Future[Results]) -> None:
    check(penguins, penguins_here)


def test_two_countries_over_a_bucket(countries: Started, countries_here: Future[Results]) -> None:
    check(countries, countries_here)


def test_logs_go_to_the_artifact_repository(countries: Started, bucket: Server) -> None:
    pods = [each["displayName"] for each in nodes(countries.succeed(), "Pod")]
    listed = bucket.client().list_objects_v2(Bucket=BUCKET, Prefix=f"logs/{countries.name}/")
    logs = [entry["Key"] for entry in listed["Contents"]]
    assert len(logs) == len(pods)
    assert all(log.endswith("/main.log") for log in logs)


def test_flights(flights: Started, flights_here: Future[Results]) -> None:
    check(flights, flights_here)
