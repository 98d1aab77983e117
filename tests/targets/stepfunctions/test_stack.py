"""What a plan becomes: stages, counts, conditions, and what jobs get and what they do not."""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest
import yaml
from tests.targets.stepfunctions.environment import ENVIRONMENT
from tests.targets.stepfunctions.plans import GPU, NETWORK, found, step
from tests.targets.stepfunctions.statements import statements

from mlc_compiler.target import Files
from mlc_containers.names import resource_name
from mlc_runtime.plan import Plan, PlanAxis, PlanStep, Policy, load
from mlc_stepfunctions.schedule import TwoDaysError, cron
from mlc_stepfunctions.target import TARGET

Emit = Callable[..., Any]


def test_steps_of_a_stage_wait_for_none_of_each_other(emit: Emit) -> None:
    plan = Plan("p", steps=(step("a"), step("b", "a"), step("c", "a", "b"), step("d", "b", "c"), step("e")))
    out = emit(plan)
    assert out.stages == [["mlc-prepare"], ["a", "e"], ["b"], ["c"], ["d"], ["mlc-finish"]]
    assert {name: row.get("after") for name, row in out.rows.items()} == {
        "mlc-prepare": None,
        "a": ["mlc-prepare"],
        "e": ["mlc-prepare"],
        "b": ["a"],
        "c": ["b"],
        "d": ["c"],
        "mlc-finish": ["mlc-prepare"],
    }


def test_members_run_within_their_step(emit: Emit) -> None:
    plan = Plan("p", steps=(step("a"), step("m", "a"), step("r", "m"), step("h", "m", members=("m",))))
    assert emit(plan).stages == [["mlc-prepare"], ["a"], ["h"], ["r"], ["mlc-finish"]], "h stands after r"


def test_what_runs_last_is_left_out_by_no_failure(emit: Emit) -> None:
    last = Policy(always=True)
    out = emit(Plan("p", steps=(step("a"), step("y", "a", policy=last), step("z", "y", policy=last))))
    assert out.stages == [["mlc-prepare"], ["a"], ["y"], ["z"], ["mlc-finish"]]
    assert out.rows["y"]["after"] == out.rows["z"]["after"] == ["mlc-prepare"]


def test_a_finder_says_how_many_tiles_there_are(emit: Emit) -> None:
    row = emit(found(**{"from": "find", "each": 10})).rows["work"]
    assert (row["found"], "tiles" in row) == (True, False)


def test_a_number_that_is_known_is_a_literal(emit: Emit) -> None:
    assert emit(found(max=7)).rows["work"]["tiles"] == 7
    assert "tiles" not in emit(found(max=1)).rows["work"]


def test_a_condition_is_a_number_of_tiles(emit: Emit) -> None:
    gate = PlanStep("gate", "gate", "0", outputs={"run": "index"}, origin=(("steps", "gate"),))
    axes = {"go": PlanAxis("go", (), found=("gate", "run"))}
    assert emit(Plan("p", axes=axes, steps=(gate, step("then", "gate", axes=("go",))))).rows["then"]["found"]


def test_a_question_goes_to_a_topic_and_its_answer_to_the_job(emit: Emit) -> None:
    topic = "arn:aws:sns:eu-central-1:123456789012:leads"
    targets = {"stepfunctions": {"queue": {"arn": GPU}, "question_topic": topic}}
    message = "{% $x %} ${Tile} 'é'\a\n+"
    ask = PlanStep("ask", "approve", "0", {"message": message, "timeout": 1_500_000}, origin=(("steps", "ask"),))
    out = emit(Plan("p", steps=(ask, step("b"))), targets=targets)
    row = out.rows["ask"]
    assert (unquote(row["ask"]), row["wait"]) == ("{% $x %} ${Tile} 'é' \n+", 1)
    states = out.machine["States"]["mlc-stage"]["ItemProcessor"]["States"]
    assert (states["ask-1"]["TimeoutSeconds"], states["ask-1"]["Arguments"]["TopicArn"]) == (1, topic)
    assert out.job("ask")["ContainerProperties"]["Command"][-2:] == ["--approved", "Ref::approved"]
    rights = [each["Action"] for each in statements(out.resources)]
    assert ["sns:Publish"] in rights
    assert ["sns:Publish"] not in [
        each["Action"] for each in statements(emit(Plan("p", steps=(step("b"),)), targets=targets).resources)
    ]


def test_each_part_is_a_state_machine_of_its_own(emit: Emit) -> None:
    root = {"root": True, "outputs": {"out": "value"}}
    steps = tuple(PlanStep(name, "python", "0", origin=(("steps", name),), **root) for name in ("a", "b"))
    crons = [{"cron": "0 3 * * *"}, {"cron": "0 4 * * *", "run": ["b"]}, {"cron": "0 5 * * *", "run": ["b"]}]
    plan = Plan("p", steps=steps, spec={"schedule": crons})
    out = emit(plan)
    machine, alarm = out.resources["PartbMachine"]["Properties"], out.resources["PartbAlarm"]["Properties"]
    assert machine["StateMachineName"] == "p--b"
    assert machine["DefinitionSubstitutions"]["Tile"] == {"Ref": "PartbTile"}
    assert json.loads(machine["DefinitionString"]) == json.loads(out.files["state-machine-b.asl.json"])
    assert alarm["Metrics"][1]["MetricStat"]["Metric"]["Dimensions"][0]["Value"] == {"Ref": "PartbMachine"}
    job = out.resources["PartbTile"]["Properties"]
    assert job["JobDefinitionName"] == "p--b-tile"
    assert [each["Value"].rpartition("/")[2] for each in job["ContainerProperties"]["Environment"]][:2] == [
        "plan-b.json.bz2",
        "environment.json",
    ]
    assert [step.name for step in load(out.files["plan-b.json.bz2"]).steps] == ["b"]
    started = [out.resources[f"Schedule{place}"]["Properties"]["Target"]["Arn"]["Ref"] for place in range(3)]
    assert started == ["Machine", "PartbMachine", "PartbMachine"]
    [start] = [each for each in statements(out.resources) if each["Action"] == ["states:StartExecution"]]
    assert start["Resource"] == [{"Ref": "Machine"}, {"Ref": "PartbMachine"}]
    assert set(TARGET.trace(plan, out.files)) == {"state-machine.asl.json", "state-machine-b.asl.json"}


@pytest.mark.parametrize("name", ["p", "a" * 2000, "a_-_b", "x--y--", "one-of-exactly-forty-characters-in-length"])
@pytest.mark.parametrize("step_name", ["b", "b" * 300, "b_" * 40])
def test_names_are_ones_that_aws_takes(emit: Emit, name: str, step_name: str) -> None:
    policy = Policy(pool="large_pool")
    b = PlanStep(step_name, "python", "0", outputs={"out": "value"}, root=True, policy=policy, origin=(("steps", "b"),))
    crons = [{"cron": "0 3 * * *"}, {"cron": "0 4 * * *", "run": ["b"]}]
    targets = {"stepfunctions": {"network": NETWORK}}
    out = emit(Plan(name, steps=(b,), spec={"schedule": crons}), targets=targets, pools={"large_pool": {}})
    forms = {
        "StateMachineName": r"[A-Za-z0-9_-]{1,59}",  # and a run's name is longer by 21
        "JobDefinitionName": r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}",
        "LogGroupName": r"[-./_#A-Za-z0-9]{1,512}",
    }
    for resource, made in out.resources.items():
        assert re.fullmatch("[A-Za-z0-9]{1,255}", resource)
        for key, form in forms.items():
            assert re.fullmatch(form, made["Properties"].get(key, "x")), key
        for granted in made["Properties"].get("Policies", ()):
            assert re.fullmatch(r"[\w+=,.@-]{1,128}", granted["PolicyName"])
    assert len({each["Properties"].get("JobDefinitionName", key) for key, each in out.resources.items()}) == len(
        out.resources
    )
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,127}", resource_name(name))
    assert len(yaml.safe_load(out.files["template.yaml"])["Description"]) <= 1024


@pytest.mark.parametrize(("deadline", "seconds"), [("1ms", 60), ("2h", 7200), ("900w", 31_536_000)])
def test_a_run_s_time_is_one_that_aws_takes(emit: Emit, deadline: str, seconds: int) -> None:
    targets = {"stepfunctions": {"queue": {"arn": GPU}, "deadline": deadline}}
    out = emit(Plan("p", steps=(step("a"),)), targets=targets)
    assert out.machine["TimeoutSeconds"] == out.job("a")["Timeout"]["AttemptDurationSeconds"] == seconds


@pytest.mark.parametrize(
    ("settings", "partition"),
    [
        ({"queue": {"arn": GPU}}, "aws"),
        ({"queue": {"arn": GPU.replace("aws", "aws-cn", 1)}}, "aws-cn"),
        ({"network": NETWORK, "region": "us-gov-west-1"}, "aws-us-gov"),
        ({"network": NETWORK}, "aws"),
    ],
)
def test_a_state_machine_calls_services_of_its_own_cloud(emit: Emit, settings: dict[str, Any], partition: str) -> None:
    machine = emit(Plan("p", steps=(step("a"),)), targets={"stepfunctions": settings}).machine
    assert machine["States"]["mlc-given"]["Resource"].startswith(f"arn:{partition}:states:::")


def test_a_queue_of_another_region_is_told() -> None:
    settings = {"region": "us-east-1", "queue": GPU, "queues": {"gpu": GPU.replace("eu-central-1", "us-east-1")}}
    site = {**ENVIRONMENT, "targets": {"stepfunctions": settings}}
    found = TARGET.check(Plan("p", steps=(step("a"),)), site, Files("pipeline.yaml", "environment.yaml"))
    assert [(each.code, each.place.path) for each in found] == [("MLC732", ("targets", "stepfunctions", "queue"))]


def test_a_run_says_when_it_was_due(emit: Emit) -> None:
    schedule = [{"cron": "0 3 * * *"}, {"cron": "30 4 1 * *"}]
    out = emit(Plan("p", steps=(step("a"),), spec={"timezone": "Europe/Zurich", "schedule": schedule})).resources
    first, second = (out[f"Schedule{place}"]["Properties"] for place in (0, 1))
    assert first["Target"]["Input"] == '{"as_of": "<aws.scheduler.scheduled-time>"}'
    assert (first["ScheduleExpression"], first["ScheduleExpressionTimezone"]) == ("cron(0 3 * * ? *)", "Europe/Zurich")
    assert second["ScheduleExpression"] == "cron(30 4 1 * ? *)"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("* * * * *", "* * * * ?"),
        ("*/15 * * * *", "0/15 * * * ?"),
        ("5/20 8-18/5 * * *", "5/20 8,13,18 * * ?"),
        ("0,30 0 */2 JAN-mar *", "0,30 0 1/2 JAN-MAR ?"),
        ("0 3 * * 0", "0 3 ? * SUN"),
        ("0 3 * * 5-7", "0 3 ? * FRI,SAT,SUN"),
        ("0 3 * * mon,wed", "0 3 ? * MON,WED"),
        ("0 3 * * */3", "0 3 ? * SUN,WED,SAT"),
        ("1-9/4,30 3 * 2/5 *", "1,5,9,30 3 * 2/5 ?"),
        ("05 */24 01 * *", "5 0 1 * ?"),
        ("*/90 3 * * *", "0 3 * * ?"),
    ],
)
def test_cron_is_said_as_eventbridge_does(line: str, expected: str) -> None:
    assert cron(line) == f"cron({expected} *)"


def test_two_kinds_of_days_cannot_be_said() -> None:
    with pytest.raises(TwoDaysError):
        cron("0 3 1 * MON")


def test_an_alarm_hears_of_failures(emit: Emit) -> None:
    topic = "arn:aws:sns:eu-central-1:123456789012:on-call"
    targets = {"stepfunctions": {"queue": {"arn": GPU}, "alarm_topic": topic}}
    plan = Plan("p", steps=(step("a"),))
    assert emit(plan, targets=targets).resources["Alarm"]["Properties"]["AlarmActions"] == [topic]
    assert "AlarmActions" not in emit(plan).resources["Alarm"]["Properties"]


def test_twice_is_the_same(emit: Emit) -> None:
    plan = found(**{"from": "find"})
    assert emit(plan).files == emit(plan).files
    assert list(emit(plan).files) == list(emit(plan).files)
