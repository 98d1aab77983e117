"""The examples run on the engine as they run on this machine: the same keys, the same contents."""

from __future__ import annotations

from concurrent.futures import Future

from tests.engines.argo.started import Started
from tests.engines.probe import answers
from tests.engines.results import Results


def agree(there: Started, future: Future[Results]) -> None:
    """Wait for a run on the engine, and hold what it left to what the same run on this machine left."""
    there.succeed()
    here, found = future.result(), there.results
    assert found.contents() == here.contents()
    models, expected = answers(found), answers(here)
    both = models.keys() & expected.keys()
    assert {step for step, _, _ in both} >= {step.name for step in found.run.plan.steps if step.op == "bundle"}
    assert {model: models[model] for model in both} == {model: expected[model] for model in both}


def test_penguins(penguins: Started, penguins_here: Future[Results]) -> None:
    agree(penguins, penguins_here)


def test_two_countries_over_a_bucket(countries: Started, countries_here: Future[Results]) -> None:
    agree(countries, countries_here)


def test_flights(flights: Started, flights_here: Future[Results]) -> None:
    agree(flights, flights_here)
