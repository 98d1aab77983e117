"""Steps that run within others' tasks: each is counted, fails, is tried again and resumes as itself."""

from typing import Any

import pytest

from mlc_local import history
from mlc_local.result import RunResult
from mlc_runtime.plan import Plan, PlanAxis, PlanEdge, PlanStep, Policy
from mlc_runtime.relation import listed
from mlc_runtime.results import values
from mlc_runtime.store.directory import DirectoryStore

FIVE = PlanAxis("g", ("g",), values=listed(("g",), ((i,) for i in range(5))))


def fused(project: Any, inner: str = "", outer: str = "", **policy: Any) -> Plan:
    """`a` within `b` over five tasks, `late` reads both, and `sum` collects `late`, tolerating two losses."""
    value = {"value": {"$field": "g"}}
    project.operation("inner", f"g = params['value']\n{inner}\nreturn {{'out': [g] * 2000}}")
    project.operation("outer", f"g = params['value']\n{outer}\nreturn {{'out': inputs['x'][0] * 10}}")
    project.operation("late", "return {'out': inputs['x'][0] + inputs['y']}")
    project.operation("total", "return {'out': sum(value for _, value in inputs['xs'])}")
    of_a, of_b = PlanEdge("x", "a", "out"), PlanEdge("y", "b", "out")
    common = {"axes": ("g",), "root": False}
    steps: list[PlanStep] = [
        project.step("a", "inner", value, policy=Policy(store="skip", **policy), **common),
        project.step("b", "outer", value, inputs=(of_a,), members=("a",), **common),
        project.step("late", "late", inputs=(of_a, of_b), **common),
        project.step("sum", "total", inputs=(PlanEdge("xs", "late", "out", ("g",), tolerate=0.4),)),
    ]
    plan: Plan = project.plan(*steps, axes=[FIVE])
    return plan


def counts(result: RunResult) -> dict[str, tuple[int | None, int, int, int, int]]:
    return {one.name: (one.tasks, one.done, one.stored, one.failed, one.missing) for one in result.steps}


def total(result: RunResult) -> Any:
    return values(result.state, "sum", "out")[0][1]


def test_members_are_counted_as_themselves_and_resume(project: Any) -> None:
    plan = fused(project)
    first = project.run(plan)
    assert first.verdict == "done"
    assert total(first) == 11 * sum(range(5))
    assert counts(first) == {
        "a": (5, 5, 0, 0, 0),
        "b": (5, 5, 0, 0, 0),
        "late": (5, 5, 0, 0, 0),
        "sum": (1, 1, 0, 0, 0),
    }
    shown = history.show_run(DirectoryStore(project.root / ".mlc"), first.name)
    assert [step["name"] for step in shown["steps"]] == ["a", "b", "late", "sum"]
    ran = len(project.ran())
    again = project.run(plan)
    assert {name: one[2] for name, one in counts(again).items()} == {"a": 5, "b": 5, "late": 5, "sum": 1}
    assert len(project.ran()) == ran


def test_a_member_fails_as_itself(project: Any) -> None:
    result = project.run(fused(project, inner="if g == 2: raise ValueError('no two')"))
    assert result.verdict == "done", "the collect tolerates it"
    assert counts(result)["a"] == (5, 4, 0, 1, 0)
    assert counts(result)["b"] == (5, 4, 0, 0, 1)
    (failed,) = result.failures
    assert (failed.failure.step, dict(failed.failure.coordinates)) == ("a", {"g": 2})
    assert total(result) == 11 * (0 + 1 + 3 + 4)


def test_a_member_is_tried_again_as_itself(project: Any) -> None:
    once = "flag = context.root / f'tried{g}'\nif not flag.exists():\n    flag.touch()\n    raise OSError('at first')"
    result = project.run(fused(project, inner=once, retry=1, backoff=1000))
    assert counts(result)["a"] == (5, 5, 0, 0, 0)
    assert counts(result)["b"] == (5, 5, 0, 0, 0)


@pytest.mark.parametrize(
    ("where", "inner", "outer"),
    [("inner", (5, 4, 0, 1, 0), (5, 4, 0, 0, 1)), ("outer", (5, 5, 0, 0, 0), (5, 4, 0, 1, 0))],
)
def test_who_ends_the_process_is_charged(project: Any, where: str, inner: Any, outer: Any) -> None:
    result = project.run(fused(project, **{where: "if g == 2: os.kill(os.getpid(), signal.SIGKILL)"}))
    assert result.verdict == "done"
    assert counts(result)["b"] == outer
    assert counts(result)["a"][3] == inner[3]
    assert [one.failure.step for one in result.failures] == ["a" if where == "inner" else "b"]
    assert total(result) == 11 * (0 + 1 + 3 + 4)


def test_a_member_asked_for_by_name_is_judged(project: Any) -> None:
    result = project.run(fused(project, inner="raise ValueError('never')"), until="a")
    assert result.verdict == "failed"
