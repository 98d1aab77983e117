"""What an operation is given, and what is kept of what it says."""

import random
import shutil
import warnings
from typing import Any

from mlc_runtime import layout
from mlc_runtime.plan import PlanAxis, PlanEdge
from mlc_runtime.relation import listed
from mlc_runtime.task import TaskRunner

FIVE = PlanAxis("g", ("g",), values=listed(["g"], [(i,) for i in range(5)]))
EDGE = PlanEdge("x", "a", "out")


def test_an_operation_knows_its_step_its_inputs_keys_and_its_zone(bench: Any, toys: Any, make_step: Any) -> None:
    toys.add("know", lambda i, p, c: {"out": [c.step, c.keys, c.timezone, c.coordinates]})
    edges = (EDGE, PlanEdge("all", "a", "out", ("g",)))
    steps = [make_step("a", "give", {"value": 1}), make_step("b", "know", {"timezone": "Asia/Tokyo"}, inputs=edges)]
    run = bench.open(steps, [FIVE])
    done = bench.finish(run)
    assert bench.value(done["b", "{}"], run) == ["b", {"x": done["a", "{}"].key}, "Asia/Tokyo", {}]


def test_an_effect_needs_no_value(bench: Any, toys: Any, make_step: Any) -> None:
    toys.add("act", lambda inputs, params, context: {})
    assert bench.finish(bench.open([make_step("a", "act", outputs={"done": "effect"})]))["a", "{}"].status == "done"


def test_what_a_task_prints_is_its_log(bench: Any, toys: Any, make_step: Any) -> None:
    def talk(inputs: Any, params: Any, context: Any) -> Any:
        print("hello")
        warnings.warn("careful", stacklevel=1)
        context.log("noted")
        return {"out": None}

    toys.add("talk", talk)
    run = bench.open([make_step("a", "talk")])
    key = bench.finish(run)["a", "{}"].key
    log = run.store.get(layout.log("r1", key)).decode()
    assert log.startswith("hello\nnoted\n")
    assert "UserWarning: careful" in log


def test_tasks_are_seeded_so_that_their_order_does_not_show(bench: Any, toys: Any, make_step: Any) -> None:
    def draw(inputs: Any, params: Any, context: Any) -> Any:
        import numpy as np

        return {"out": [random.random(), float(np.random.random())]}

    toys.add("draw", draw)
    run = bench.open(
        [make_step("a", "draw", {"seed": 1}), make_step("b", "draw", {"seed": 1, "x": {"$field": "g"}}, axes=("g",))],
        [FIVE],
    )
    runner = TaskRunner(run)
    values = [bench.value(runner.run_task("b", {"g": g}), run) for g in (4, 0, 2)]
    values.append(bench.value(runner.run_task("a", {}), run))
    assert values.count(values[0]) == 4


def test_a_step_sees_only_the_parameters_that_are_in_its_key(bench: Any, toys: Any, make_step: Any) -> None:
    toys.add("see", lambda inputs, params, context: {"out": dict(context.parameters)})
    run = bench.open([make_step("a", "see"), make_step("b", "see", {"p": [{"$param": "cost"}]})])
    done = bench.finish(run)
    assert [bench.value(done[name, "{}"], run) for name in "ab"] == [{}, {"cost": 2.0}]


def test_a_task_may_remove_its_folder(bench: Any, toys: Any, make_step: Any) -> None:
    def clear(inputs: Any, params: Any, context: Any) -> Any:
        (context.workdir / "some").touch()
        shutil.rmtree(context.workdir)
        return {"out": params["value"]}

    toys.add("clear", clear)
    run = bench.open([make_step("each", "clear", {"value": {"$field": "g"}}, axes=("g",))], [FIVE])
    assert {outcome.status for outcome in bench.finish(run).values()} == {"done"}


def test_an_operation_that_gives_nothing_failed(bench: Any, toys: Any, make_step: Any) -> None:
    toys.add("forget", lambda inputs, params, context: None)
    failure = bench.finish(bench.open([make_step("a", "forget")]))["a", "{}"].failure
    assert (failure.code, failure.message) == ("MLC956", "`toys.forget` gave no `out`")


def test_what_cannot_be_encoded_is_told_by_its_code(bench: Any, toys: Any, make_step: Any) -> None:
    """As the names of files that are no UTF-8 do in messages."""

    def fail(inputs: Any, params: Any, context: Any) -> Any:
        raise FileNotFoundError("caf\udce9.csv")

    toys.add("fail", fail)
    failure = bench.finish(bench.open([make_step("a", "fail")]))["a", "{}"].failure
    assert failure.message == "FileNotFoundError: caf\\udce9.csv"
    assert "caf\\udce9.csv" in failure.traceback


def test_a_file_is_handed_over_with_its_suffix(bench: Any, toys: Any, make_step: Any) -> None:
    def write(inputs: Any, params: Any, context: Any) -> Any:
        file = context.workdir / "rows.csv.gz"
        file.write_bytes(b"x")
        return {"out": file}

    toys.add("write", write)
    toys.add("name", lambda i, p, c: {"out": ["".join(i["x"].suffixes), i["x"].read_text()]})
    run = bench.open([make_step("a", "write", outputs={"out": "file"}), make_step("b", "name", inputs=(EDGE,))])
    assert bench.value(bench.finish(run)["b", "{}"], run) == [".csv.gz", "x"]
