"""What is answered online is what the model would have been shown in training and in batch, for the same moment."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlc_runtime.serving.service import Service, UnknownRowError


def held_out(trained: Any) -> pa.Table:
    """The predictions of test rows that the run made, beside what their requests say."""
    predictions = trained.finished.value("t.test", "predictions")
    orders = trained.finished.value("sources.orders", "table").take(predictions["$row"])
    return orders.append_column("prediction", predictions["prediction"]).append_column(
        "decision", predictions["decision"]
    )


@pytest.mark.parametrize("name", ["ask", "tell"])
def test_online_answers_are_those_of_training(trained: Any, serve: Callable[[str], Service], name: str) -> None:
    """All test rows at once, then some alone, in other company, twice."""
    service, rows = serve(name), held_out(trained)
    assert rows.num_rows > 50
    sent = rows.select([column.name for column in service.description.request])
    together = service.answer(sent, 0).predictions
    np.testing.assert_allclose(together["prediction"].to_numpy(), rows["prediction"].to_numpy(), rtol=1e-9)
    assert together["decision"].to_pylist() == rows["decision"].to_pylist()

    @given(places=st.lists(st.integers(0, rows.num_rows - 1), min_size=1, max_size=6))
    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def held(places: list[int]) -> None:
        found = service.answer(sent.take(places), 0).predictions["prediction"].to_numpy()
        np.testing.assert_allclose(found, rows["prediction"].to_numpy()[places], rtol=1e-9)

    held()


def test_an_entity_that_is_not_there_is_said(serve: Callable[[str], Service]) -> None:
    with pytest.raises(UnknownRowError, match="order_id = 99999"):
        serve("ask").answer(pa.table({"order_id": [3, 99_999]}), 0)


def test_a_customer_without_orders_is_answered(serve: Callable[[str], Service]) -> None:
    service = serve("tell")
    at = pa.array([1_709_000_000_000_000], pa.timestamp("us", tz="UTC"))
    answer = service.answer(pa.table({"customer_id": [12_345], "amount": [20.0], "placed_at": at}), 0).predictions
    assert answer["prediction"].null_count == 0
    assert answer["$route"].to_pylist() == ["fallback"]


def test_a_version_that_goes_live_answers_next(trained: Any, serve: Callable[[str], Service]) -> None:
    from mlc_runtime import registry

    service = serve("ask")
    assert not service.reload()
    first = service.versions["t"]
    registry.register(
        trained.store, "t", "f" * 40, registry.load(trained.store, first), who="a", when="2024", run="r",
        metrics={}, origin={}, as_of=first.as_of,
    )  # fmt: skip
    registry.promote(trained.store, "t", 2, who="a", when="2024")
    assert service.reload()
    assert service.versions["t"].version == 2
