"""What user code raises, what is tried again, and whose fault it is."""

from typing import Any

import pytest

from mlc_runtime.errors import InfrastructureError, InvalidInputError, StepError
from mlc_runtime.plan import PlanEdge, Policy
from mlc_runtime.record import Failure
from mlc_runtime.store.memory import MemoryStore
from mlc_runtime.task import TaskRunner

EDGE = PlanEdge("x", "a", "out")


def test_user_errors_are_retried_and_told_in_the_user_s_frames(bench: Any, toys: Any, make_step: Any) -> None:
    waits: list[float] = []
    policy = Policy(retry=3, backoff=1_000_000, backoff_max=3_000_000)
    run = bench.open([make_step("a", "picky", {"value": 1, "bad": [1]}, policy=policy)])
    outcome = TaskRunner(run, wait=waits.append).run_task("a", {})
    assert (toys.runs["picky"], outcome.failure.attempts, waits) == (4, 4, [1.0, 2.0, 3.0])
    assert outcome.failure.message == "ValueError: 1 is bad"
    assert "conftest.py" in outcome.failure.traceback
    assert "mlc_runtime/execute.py" not in outcome.failure.traceback
    assert bench.finish(run)["a", "{}"].status == "failed"
    assert toys.runs["picky"] == 4, "a failure stands within its run"
    other = bench.open([make_step("a", "picky", {"value": 1, "bad": [1]})], store=run.store, name="r2")
    bench.finish(other)
    assert toys.runs["picky"] == 5, "a new run tries again"


def test_a_second_attempt_may_succeed(bench: Any, toys: Any, make_step: Any) -> None:
    def flaky(inputs: Any, params: Any, context: Any) -> Any:
        if toys.runs["flaky"] < 3:
            raise OSError("busy")
        return {"out": 1}

    toys.add("flaky", flaky)
    run = bench.open([make_step("a", "flaky", policy=Policy(retry=2))])
    outcome = bench.finish(run)["a", "{}"]
    assert (outcome.status, outcome.record.attempts) == ("done", 3)


@pytest.mark.parametrize(
    ("error", "runs"),
    [(StepError("MLC999", "wrong"), 1), (SystemExit(3), 3), (MemoryError(), 3), (RecursionError(), 3)],
)
def test_our_verdicts_are_final_and_others_are_not(
    bench: Any, toys: Any, make_step: Any, error: BaseException, runs: int
) -> None:
    def boom(inputs: Any, params: Any, context: Any) -> Any:
        raise error

    toys.add("boom", boom)
    outcome = bench.finish(bench.open([make_step("a", "boom", policy=Policy(retry=2))]))["a", "{}"]
    assert outcome.status == "failed"
    assert toys.runs["boom"] == runs


@pytest.mark.parametrize("error", [InfrastructureError("MLC999", "gone"), InvalidInputError("MLC999", "no")])
def test_what_is_not_the_step_s_fault_is_not_noted_as_its_failure(
    bench: Any, toys: Any, make_step: Any, error: StepError
) -> None:
    def boom(inputs: Any, params: Any, context: Any) -> Any:
        raise error

    toys.add("boom", boom)
    run = bench.open([make_step("a", "boom")])
    with pytest.raises(type(error)):
        bench.finish(run)
    assert list(run.store.names("run/")) == []


@pytest.mark.parametrize(
    ("type_", "wrong"), [("table", [1]), ("file", "nowhere"), ("value", object()), ("model", lambda: 1)]
)
def test_an_output_of_another_kind_is_the_step_s_failure(
    bench: Any, toys: Any, make_step: Any, type_: str, wrong: Any
) -> None:
    toys.add("wrong", lambda inputs, params, context: {"out": wrong})
    outcome = bench.finish(bench.open([make_step("a", "wrong", outputs={"out": type_})]))["a", "{}"]
    assert outcome.failure.code in ("MLC956", "MLC957")
    assert "`out`" in outcome.failure.message


def test_a_missing_output_and_a_missing_operation(bench: Any, toys: Any, make_step: Any) -> None:
    toys.add("nothing", lambda inputs, params, context: {})
    assert bench.finish(bench.open([make_step("a", "nothing")]))["a", "{}"].failure.code == "MLC956"
    with pytest.raises(InvalidInputError, match="no operation"):
        bench.finish(bench.open([make_step("a", "unheard_of")]))


def test_a_retry_finds_its_checkpoint(bench: Any, toys: Any, make_step: Any, tmp_path: Any) -> None:
    def resume(inputs: Any, params: Any, context: Any) -> Any:
        file = context.checkpoint / "at"
        if not file.exists():
            file.write_text("half")
            raise OSError("killed")
        return {"out": file.read_text()}

    toys.add("resume", resume)
    run = bench.open([make_step("a", "resume", policy=Policy(retry=1, checkpoint=True))], checkpoints=tmp_path / "c")
    assert bench.value(bench.finish(run)["a", "{}"], run) == "half"
    assert list((tmp_path / "c").iterdir()) == []


def test_a_result_of_the_run_wins_over_a_failure(bench: Any, toys: Any, make_step: Any) -> None:
    """A process that was taken for dead may have gone on to its end; a result of another run is not this one's."""

    def ends(store: MemoryStore, name: str) -> list[str]:
        run = bench.open([make_step("a", "give", {"value": 1}), make_step("b", "double", inputs=(EDGE,))], store=store)
        first = bench.open([run.plan.steps[0]], store=store, name=name)
        key = bench.finish(first)["a", "{}"].key
        run.ledger.fail(Failure(key, "a", {}, "killed", "the task ended its process"))
        return [outcome.status for outcome in bench.finish(run).values()]

    assert ends(MemoryStore(), "r1") == ["shared", "done"]
    assert ends(MemoryStore(), "r0") == ["failed", "missing"]
