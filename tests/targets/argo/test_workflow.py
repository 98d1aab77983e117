"""What a plan becomes: order, tiles, conditions, what pods get and what they do not."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlc_argo.fit import count_nodes, count_pods, fit
from mlc_argo.layout import arrange
from mlc_argo.schedule import without_seven
from mlc_argo.target import TARGET
from mlc_compiler.driver import Optimiser, check_file, compile_checked
from mlc_compiler.passes.facts import Facts
from mlc_compiler.plan.certify import certify
from mlc_containers.layout import most_tasks
from mlc_runtime.plan import Plan, PlanAxis, PlanEdge, PlanStep, Policy
from mlc_runtime.relation import Listed

Emit = Callable[..., Any]
COUNTRIES = Path(__file__).parents[3] / "examples" / "countries"
METAFLOW = 139_667
"""Bytes of the WorkflowTemplate that Metaflow 2.19.39 makes of the same pipeline."""


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
    always = Policy(always=True)
    out = emit(Plan("p", steps=(step("a"), step("y", policy=always), step("z", "y", policy=always))))
    assert set(out.tasks()) == {"mlc-prepare", "a"}
    assert [each["name"] for each in out.last] == ["y", "z", "mlc-finish"]
    for each in out.last[:-1]:
        assert each["continueOn"] == {"failed": True, "error": True}
        assert "depends" not in each
    assert "continueOn" not in out.last[-1]


def test_what_runs_last_counts_by_what_ran_last(emit: Emit) -> None:
    always = Policy(always=True)
    gate = PlanStep("gate", "gate", "0", outputs={"run": "index"}, policy=always, origin=(("steps", "gate"),))
    when = {"when": PlanAxis("when", (), found=("gate", "run"))}
    out = emit(Plan("p", axes=when, steps=(gate, step("z", policy=always, axes=("when",)))))
    [count] = [each["withSequence"]["count"] for each in out.last if each["name"] == "z"]
    assert count == "{{steps.gate.outputs.parameters.tiles-1}}"


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


CONTAINER = {
    "image": "registry.example/report:1",
    "command": ["render", "$HOME"],
    "outputs": {"n": "int"},
    "locate": {"secrets": {"TOKEN": "crm"}},
}


def test_a_container_is_an_init_container_between_two_of_ours(emit: Emit) -> None:
    policy = Policy(timeout=60_000_000, retry=2, backoff=5_000_000, resources={"cpu": 2, "memory": 1 << 30, "gpu": 1})
    report = replace(step("report", "a"), op="container", params=CONTAINER, policy=policy)
    secrets = {"crm": {"kubernetes": {"secret": "s", "key": "k"}}}
    out = emit(Plan("p", steps=(step("a"), report, step("b", "report"))), secrets=secrets)
    tasks = out.tasks()
    assert tasks["report-left"]["depends"] == "a"
    assert tasks["report-run"]["withSequence"] == {"count": "{{tasks.report-left.outputs.parameters.containers}}"}
    assert tasks["report"]["depends"].startswith("report-left && (report-run.Succeeded || report-run.Skipped")
    assert tasks["b"]["depends"] == "report"
    template = out.templates["report-run"]
    fetch, own = template["initContainers"]
    assert (fetch["args"][0], template["container"]["args"][0]) == ("fetch", "commit")
    assert (own["image"], own["args"]) == ("registry.example/report:1", ["render", "$$HOME"])
    assert "command" not in own
    assert [one["name"] for one in own["env"]] == ["MLC_IN", "MLC_OUT", "TOKEN"]
    assert own["resources"]["limits"] == {"cpu": "2", "memory": "1Gi", "nvidia.com/gpu": 1}
    assert "nvidia.com/gpu" not in fetch["resources"]["limits"]
    assert template["activeDeadlineSeconds"] == 60 + 600
    assert template["retryStrategy"]["limit"] == "5"
    assert template["retryStrategy"]["backoff"] == {"duration": "5s", "factor": "2", "cap": "60s"}
    assert "asInt(retries) < 2 && lastRetry.message startsWith 'container:'" in template["retryStrategy"]["expression"]
    assert out.templates[tasks["report"]["template"]]["container"]["args"][-2:] == ["--exchange", "/mlc/exchange"]


def test_containers_are_counted_one_by_one() -> None:
    listed = PlanAxis("g", ("g",), values=Listed(("g",), tuple((i,) for i in range(30))))
    each = replace(step("each", "find", axes=("g",)), op="container", params=CONTAINER, tiles={"max": 4})
    plan = replace(found(max=1), steps=(*found(max=1).steps, each))
    open_, known = fit(plan, 800), fit(replace(plan, axes={"g": listed}), 800)
    assert (open_.by_name["each"].tiles, known.by_name["each"].tiles) == (
        {"max": 1, "containers": 100},
        {"max": 1, "containers": 30},
    )
    without = count_nodes(arrange(replace(known, steps=known.steps[:-1])))
    assert count_nodes(arrange(known)) - without == 3 + 2 * 30 + 2


def test_the_parts_of_a_step_have_names_of_their_own(emit: Emit) -> None:
    ask = replace(step("go"), op="approve", params={"message": "?", "timeout": None})
    tasks = emit(Plan("p", steps=(ask, step("go_ask", "go")))).tasks()
    assert len(tasks) == 4
    assert all(
        task["template"] == "mlc-tile" or name.startswith("go") for name, task in tasks.items() if name != "mlc-prepare"
    )


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


def many(count: int, **more: Any) -> Plan:
    """Steps in a row, each of which reads the one before."""
    return Plan("p", steps=tuple(step(f"s{i}", *([f"s{i - 1}"] if i else []), **more) for i in range(count)))


def test_children_hold_what_one_workflow_cannot(emit: Emit) -> None:
    last = step("last", policy=Policy(always=True))
    plan = replace(many(60), steps=(*many(60).steps, last))
    settings = {"targets": {"argo": {"nodes": 50, "mutex": "ml"}}}
    parent, *children = emit(plan, **settings).documents("workflow.yaml")
    assert [each["metadata"]["name"] for each in (parent, *children)] == ["p", "p--1", "p--2", "p--3"]
    held = [tasks_of(child) for child in children]
    assert [name for tasks in held for name in tasks] == [f"s{i}" for i in range(60)]
    assert held[1]["s21"].get("depends") is None
    assert held[1]["s22"]["depends"] == "s21"
    order = tasks_of(parent)
    assert list(order) == ["mlc-prepare", "mlc-child-1", "mlc-child-2", "mlc-child-3"]
    assert order["mlc-child-2"]["depends"] == "mlc-child-1.Succeeded || mlc-child-1.Failed"
    [exits] = [each["steps"] for each in parent["spec"]["templates"] if each["name"] == "mlc-exit"]
    assert [each["name"] for [each] in exits] == ["last", "mlc-finish"]
    assert "synchronization" in parent["spec"]
    assert not any("synchronization" in child["spec"] or "onExit" in child["spec"] for child in children)
    [start] = [each for each in parent["spec"]["templates"] if each["name"] == "mlc-child"]
    manifest = yaml.safe_load(start["resource"]["manifest"])
    assert manifest["spec"]["workflowTemplateRef"]["name"] == "p--{{inputs.parameters.child}}"
    for child in children:
        env = {one["name"]: one["value"] for one in child["spec"]["templateDefaults"]["container"]["env"]}
        assert env["MLC_RUN"] == "{{workflow.parameters.run}}"


def tasks_of(workflow: dict[str, Any], dag: str = "mlc-run") -> dict[str, Any]:
    [found] = [each["dag"]["tasks"] for each in workflow["spec"]["templates"] if each["name"] == dag]
    return {task["name"]: task for task in found}


@pytest.mark.parametrize("nodes", range(50, 54))
def test_tiles_are_fitted_to_what_is_asked_beside_them(emit: Emit, nodes: int) -> None:
    ask = PlanStep("ask", "approve", "0", {"message": "?"}, effect=True, origin=(("steps", "ask"),))
    find = PlanStep("find", "python", "0", outputs={"out": "index"}, origin=(("steps", "find"),))
    found = {"each": PlanAxis("each", ("team",), found=("find", "out"))}
    wide = step("wide", axes=("each",), tiles={"from": "find", "each": 1})
    last = step("last", policy=Policy(always=True))
    out = emit(Plan("p", axes=found, steps=(ask, find, wide, last)), targets={"argo": {"nodes": nodes}})
    assert len(out.documents("workflow.yaml")) == 1


def test_who_starts_children_may_start_workflows_and_nobody_else(emit: Emit) -> None:
    settings = {"targets": {"argo": {"nodes": 50}}}
    for plan, expected in ((many(60), {"p-executor", "p-launcher"}), (many(3), {"p-executor"})):
        roles = {each["metadata"]["name"]: each for each in emit(plan, **settings).documents("access.yaml")}
        assert {name for name, each in roles.items() if each["kind"] == "RoleBinding"} == expected
    [role] = [each for each in emit(many(60), **settings).documents("access.yaml") if each["kind"] == "Role"][1:]
    assert role["rules"][1] == {
        "apiGroups": ["argoproj.io"],
        "resources": ["workflows"],
        "verbs": ["create", "get", "patch"],
    }


def test_who_counts_for_a_step_of_another_child_is_asked_again(emit: Emit) -> None:
    gate = PlanStep("gate", "gate", "0", outputs={"run": "index"}, origin=(("steps", "gate"),))
    then = step("then", "s59", "gate", axes=("go",))
    axes = {"go": PlanAxis("go", (), found=("gate", "run"))}
    plan = replace(many(60), axes=axes, steps=(gate, *many(60).steps, then))
    *_, child = emit(plan, targets={"argo": {"nodes": 50}}).documents("workflow.yaml")
    tasks = tasks_of(child)
    assert tasks["then"]["withSequence"] == {"count": "{{tasks.gate.outputs.parameters.tiles-61}}"}
    assert "depends" not in tasks["gate"]
    assert tasks["then"]["depends"] == "s59 && gate"


def test_children_are_in_the_certificate(emit: Emit) -> None:
    site = {"targets": {"argo": {"nodes": 50}}}
    plan = many(60, tiles={"max": 30})
    rows = {row.limit.name: row for row in certify(plan, emit(plan, **site).files, TARGET.limits(site))}
    assert all(row.fits for row in rows.values())
    assert 40 < rows["nodes of a workflow"].value <= 50
    assert rows["tiles of a step"].value == 6


def test_20_000_tasks_are_a_tenth_of_what_metaflow_makes_of_them() -> None:
    assert sum(len(file.read_bytes()) for file in (COUNTRIES / "argo").iterdir()) <= METAFLOW / 10


def test_twenty_thousand_tasks_are_four_hundred_pods(emit: Emit) -> None:
    checked = check_file(COUNTRIES / "pipeline.yaml")
    optimiser = Optimiser(facts=Facts(limits=TARGET.costs))
    compiled = compile_checked(checked, COUNTRIES, optimiser)
    countries = 202
    plan = replace(
        compiled.plan,
        axes={
            name: replace(axis, at_most=countries) if axis.found and axis.fields == ("country",) else axis
            for name, axis in compiled.plan.axes.items()
        },
    )
    tasks = [most_tasks(plan, each) for each in plan.steps]
    assert max(size for size in tasks if size is not None) == 100 * countries
    assert count_pods(arrange(fit(plan, 800))) <= 400
