"""What a plan becomes: order, tiles, conditions, what pods get and what they do not."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mlc_argo.fit import count_nodes, fit
from mlc_argo.layout import arrange
from mlc_argo.schedule import without_seven
from mlc_argo.target import TARGET
from mlc_compiler.plan.certify import certify
from mlc_runtime.plan import Plan, PlanAxis, PlanEdge, PlanStep, Policy
from mlc_runtime.relation import Listed

Emit = Callable[..., Any]


def step(name: str, *reads: str, **more: Any) -> PlanStep:
    edges = tuple(PlanEdge(f"p{place}", other, "out") for place, other in enumerate(reads))
    return PlanStep(name, "python", "0", inputs=edges, outputs={"out": "value"}, origin=(("steps", name),), **more)


def test_a_step_waits_for_what_it_reads_and_no_more_than_it_must(emit: Emit) -> None:
    plan = Plan("p", steps=(step("a"), step("b", "a"), step("c", "a", "b"), step("d", "b", "c"), step("e")))
    tasks = emit(plan).tasks()
    assert {name: task.get("depends") for name, task in tasks.items()} == {
        "mlc-prepare": None,
        "a": "mlc-prepare",
        "b": "a",
        "c": "b",
        "d": "c",
        "e": "mlc-prepare",
    }


def test_members_run_within_their_step(emit: Emit) -> None:
    plan = Plan("p", steps=(step("a"), step("m", "a"), step("r", "m"), step("h", "m", members=("m",))))
    tasks = emit(plan).tasks()
    assert "m" not in tasks
    assert (tasks["h"]["depends"], tasks["r"]["depends"]) == ("a", "h")


def found(**tiles: Any) -> Plan:
    """A finder, a step over what it finds, and one that reads that."""
    find = PlanStep("find", "python", "0", outputs={"out": "index"}, origin=(("steps", "find"),))
    work = step("work", "find", axes=("g",), tiles=tiles)
    return Plan("p", axes={"g": PlanAxis("g", ("g",), found=("find", "out"))}, steps=(find, work, step("last", "work")))


def test_a_finder_says_how_many_tiles_there_are(emit: Emit) -> None:
    out = emit(found(**{"from": "find", "each": 10}))
    assert out.tasks()["work"]["withSequence"] == {"count": "{{tasks.find.outputs.parameters.tiles-1}}"}
    assert out.tasks()["work"]["arguments"]["parameters"] == [
        {"name": "step", "value": "work"},
        {"name": "tile", "value": "{{item}}"},
    ]
    finder = out.templates[out.tasks()["find"]["template"]]
    assert finder["outputs"]["parameters"] == [{"name": "tiles-1", "valueFrom": {"path": "/mlc/scratch/ints/1"}}]
    assert finder["container"]["args"][-2:] == ["--ints", "/mlc/scratch/ints"]


def test_a_number_that_is_known_is_a_literal(emit: Emit) -> None:
    assert emit(found(max=7)).tasks()["work"]["withSequence"] == {"count": "7"}
    assert "withSequence" not in emit(found(max=1)).tasks()["work"]


def test_a_finder_of_several_tasks_leaves_the_number_open(emit: Emit) -> None:
    plan = found(**{"from": "find", "max": 5})
    inner = replace(plan.steps[0], axes=("h",))
    axes = {**plan.axes, "h": PlanAxis("h", ("h",), values=Listed(("h",), ((1,), (2,))))}
    assert emit(replace(plan, axes=axes, steps=(inner, *plan.steps[1:]))).tasks()["work"]["withSequence"] == {
        "count": "5"
    }


def test_a_condition_is_a_number_of_tiles(emit: Emit) -> None:
    gate = PlanStep("gate", "gate", "0", outputs={"run": "index"}, origin=(("steps", "gate"),))
    axes = {"go": PlanAxis("go", (), found=("gate", "run"))}
    out = emit(Plan("p", axes=axes, steps=(gate, step("then", "gate", axes=("go",)))))
    assert out.tasks()["then"]["withSequence"] == {"count": "{{tasks.gate.outputs.parameters.tiles-1}}"}


def test_a_question_under_a_condition_is_asked_where_that_is_true(emit: Emit) -> None:
    gate = PlanStep("gate", "gate", "0", outputs={"run": "index"}, origin=(("steps", "gate"),))
    ask = replace(step("ask", "gate", axes=("go",)), op="approve", params={"message": "?", "timeout": 60_000_000})
    tasks = emit(Plan("p", axes={"go": PlanAxis("go", (), found=("gate", "run"))}, steps=(gate, ask))).tasks()
    assert tasks["ask-ask"]["when"] == "{{tasks.gate.outputs.parameters.tiles-1}} > 0"
    assert tasks["ask"]["depends"] == "ask-ask && gate"


def test_steps_that_are_run_alike_share_a_template(emit: Emit) -> None:
    large = Policy(resources={"memory": 8 << 30}, retry=2)
    steps = (step("a"), step("b"), step("c", policy=large), step("d", policy=large), step("e", policy=Policy(retry=1)))
    out = emit(Plan("p", steps=steps))
    used = {name: task["template"] for name, task in out.tasks().items()}
    assert used["a"] == used["b"] == "mlc-tile"
    assert used["c"] == used["d"] != "mlc-tile"
    assert used["e"] == "e"
    assert out.templates[used["c"]]["container"]["resources"]["limits"] == {"cpu": "1", "memory": "8Gi"}
    assert out.templates[used["c"]]["retryStrategy"]["limit"] == "5"


def test_what_runs_last_is_in_the_exit_handler(emit: Emit) -> None:
    out = emit(Plan("p", steps=(step("a"), step("z", policy=Policy(always=True)))))
    assert set(out.tasks()) == {"mlc-prepare", "a"}
    assert set(out.tasks("mlc-exit")) == {"z", "mlc-finish"}
    assert "depends" not in out.tasks("mlc-exit")["z"]
    assert "z.Failed" in out.tasks("mlc-exit")["mlc-finish"]["depends"]


def test_a_pod_s_deadline_is_longer_than_its_tasks(emit: Emit) -> None:
    axes = {"g": PlanAxis("g", ("g",), values=Listed(("g",), tuple((i,) for i in range(100))))}
    policy = Policy(timeout=60_000_000, retry=1, backoff=1_000_000)
    out = emit(Plan("p", axes=axes, steps=(step("a", axes=("g",), tiles={"max": 10}, policy=policy),)))
    assert out.templates["a"]["activeDeadlineSeconds"] == 10 * (2 * 60 + 1) + 600


def test_a_pool_places_pods_and_spot_is_patient(emit: Emit) -> None:
    toleration = {"key": "gpu", "operator": "Exists"}
    pool = {"labels": {"disk": "ssd"}, "tolerations": [toleration], "priority": 3, "spot": True}
    policy = Policy(pool="fast", resources={"gpu": 2, "cpu": 0.5})
    targets = {"argo": {"priority_classes": {"3": "urgent"}, "gpu_resource": "amd.com/gpu"}}
    out = emit(Plan("p", steps=(step("a", policy=policy),)), pools={"fast": pool}, targets=targets).templates["a"]
    assert (out["nodeSelector"], out["tolerations"]) == ({"disk": "ssd"}, [toleration])
    assert out["priorityClassName"] == "urgent"
    assert out["container"]["resources"]["requests"] == {"cpu": "500m", "memory": "2Gi"}
    assert out["container"]["resources"]["limits"]["amd.com/gpu"] == 2
    assert int(out["retryStrategy"]["limit"]) >= 10


def test_secrets_are_references_and_go_where_they_are_used(emit: Emit) -> None:
    secrets = {"a": {"kubernetes": {"secret": "s", "key": "k"}}, "db": {"kubernetes": {"secret": "d", "key": "p"}}}
    connections = {"w": {"type": "postgres", "host": "h", "password": "db"}}
    read = PlanStep("read", "read", "0", {"locate": {"connection": "w", "table": "t"}}, origin=(("sources", "s"),))
    own = replace(step("own"), params={"locate": {"secrets": {"token": "a"}}})
    out = emit(Plan("p", steps=(read, own, step("b"))), secrets=secrets, connections=connections)
    given = {
        name: [(one["name"], one["valueFrom"]["secretKeyRef"]["name"]) for one in template["container"].get("env", [])]
        for name, template in out.templates.items()
        if "container" in template
    }
    assert given["own"] == [("MLC_SECRET_A", "s")]
    assert given["read"] == given["mlc-prepare"] == [("MLC_SECRET_DB", "d")]
    assert given["mlc-tile"] == given["mlc-finish"] == []


def test_fewer_tiles_until_the_workflow_holds_them() -> None:
    plan = replace(
        found(**{"from": "find"}), steps=(*found(**{"from": "find"}).steps, step("small", tiles={"max": 20}))
    )
    fitted = fit(plan, 200)
    assert count_nodes(arrange(plan)) > 1000
    assert 190 < count_nodes(arrange(fitted)) <= 200
    assert fitted.by_name["small"].tiles == {"max": 20}
    assert fit(fitted, 200) == fitted
    assert [replace(a, tiles={}) for a in fitted.steps] == [replace(a, tiles={}) for a in plan.steps]


def test_a_condition_counts_as_the_fan_out_that_it_becomes(emit: Emit) -> None:
    gate = PlanStep("gate", "gate", "0", outputs={"run": "index"}, origin=(("steps", "gate"),))
    then = step("then", "gate", axes=("go",))
    plan = Plan("p", axes={"go": PlanAxis("go", (), found=("gate", "run"))}, steps=(gate, then))
    nodes = {row.limit.unit: row.value for row in certify(plan, emit(plan).files, TARGET.limits({}))}["nodes"]
    unconditional = replace(plan, steps=(gate, replace(then, axes=())))
    assert nodes == count_nodes(arrange(unconditional)) + 1


def test_a_certificate_has_a_row_for_each_limit(emit: Emit) -> None:
    plan = found(**{"from": "find"})
    rows = certify(plan, emit(plan).files, TARGET.limits({}))
    assert all(row.fits and row.limit.source for row in rows)
    assert len({row.limit.name for row in rows}) == len(rows) == 8
    nodes = next(row for row in rows if row.limit.unit == "nodes")
    assert 700 < nodes.value <= nodes.limit.most == 800
    assert nodes.margin == pytest.approx(1 - nodes.value / 800)


def test_twice_is_the_same(emit: Emit) -> None:
    plan = found(**{"from": "find"})
    assert emit(plan).files == emit(plan).files
    assert list(emit(plan).files) == list(emit(plan).files)


@pytest.mark.parametrize(
    ("cron", "expected"),
    [
        ("0 3 * * *", "*"),
        ("0 3 * * 7", "0"),
        ("0 3 * * 5-7", "5,6,0"),
        ("0 3 * * 1-7/2", "1,3,5,0"),
        ("0 3 * * 0-6", "0-6"),
    ],
)
def test_sunday_is_zero(cron: str, expected: str) -> None:
    assert without_seven(cron) == f"0 3 * * {expected}"
