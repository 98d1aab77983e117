"""What a plan becomes: stages, counts, conditions, job definitions, what jobs get and what they do not."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import botocore.session
import pytest
import yaml
from botocore.validate import ParamValidator
from tests.targets.stepfunctions.environment import ENVIRONMENT
from tests.targets.stepfunctions.statements import statements

from mlc_compiler.target import Files
from mlc_containers.names import resource_name
from mlc_runtime.plan import Plan, PlanAxis, PlanEdge, PlanStep, Policy, load
from mlc_runtime.relation import Listed
from mlc_stepfunctions.schedule import TwoDaysError, cron
from mlc_stepfunctions.target import TARGET

Emit = Callable[..., Any]

BATCH = botocore.session.get_session().get_service_model("batch")
GPU = "arn:aws:batch:eu-central-1:123456789012:job-queue/gpu"
VOLUME = {"path": "out", "file_system": "fs-0123456789abcdef0", "access_point": "fsap-0123456789abcdef0"}
NETWORK = {"subnets": ["subnet-0a"], "security_groups": ["sg-0a"]}


def step(name: str, *reads: str, **more: Any) -> PlanStep:
    edges = tuple(PlanEdge(f"p{place}", other, "out") for place, other in enumerate(reads))
    return PlanStep(name, "python", "0", inputs=edges, outputs={"out": "value"}, origin=(("steps", name),), **more)


def found(**tiles: Any) -> Plan:
    """A finder, a step over what it finds, and one that reads that."""
    find = PlanStep("find", "python", "0", outputs={"out": "index"}, origin=(("steps", "find"),))
    work = step("work", "find", axes=("g",), tiles=tiles)
    return Plan("p", axes={"g": PlanAxis("g", ("g",), found=("find", "out"))}, steps=(find, work, step("last", "work")))


def uncapitalised(value: Any, *, keep: bool = False) -> Any:
    """Data of CloudFormation as an API of AWS has it: names with small first letters, but for maps of the user's."""
    if isinstance(value, dict):
        return {
            (key if keep else key[0].lower() + key[1:]): uncapitalised(inner, keep=key in ("Tags", "Options"))
            for key, inner in value.items()
        }
    return [uncapitalised(each) for each in value] if isinstance(value, list) else value


def resolved(value: Any) -> Any:
    """What a stack puts in the place of references."""
    if isinstance(value, dict):
        if {"Ref", "Fn::GetAtt", "Fn::Sub"} & set(value):
            return "arn:aws:iam::123456789012:role/resolved"
        return {key: resolved(inner) for key, inner in value.items()}
    return [resolved(each) for each in value] if isinstance(value, list) else value


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


def test_steps_that_are_run_alike_share_a_job_definition(emit: Emit) -> None:
    large = Policy(resources={"memory": 8 << 30, "cpu": 2}, retry=2)
    steps = (step("a"), step("b"), step("c", policy=large), step("d", policy=large), step("e", policy=Policy(retry=1)))
    out = emit(Plan("p", steps=steps))
    used = {name: row["job"] for name, row in out.rows.items()}
    assert used["c"] == used["d"]
    assert len({used[name] for name in "ace"}) == 3
    assert {used["a"], used["b"]} == {used["a"]}
    assert out.job("c")["ContainerProperties"]["ResourceRequirements"] == [
        {"Type": "VCPU", "Value": "2"},
        {"Type": "MEMORY", "Value": "8192"},
    ]
    assert out.job("c")["RetryStrategy"]["Attempts"] == 6


def test_retries_end_with_a_rule_for_all(emit: Emit) -> None:
    pools = {"cheap": {"spot": True}}
    out = emit(Plan("p", steps=(step("a"), step("b", policy=Policy(pool="cheap", retry=5)))), pools=pools,
               targets={"stepfunctions": {"network": NETWORK}})  # fmt: skip
    rules = out.job("a")["RetryStrategy"]["EvaluateOnExit"]
    assert rules[-1] == {"OnReason": "*", "Action": "EXIT"}
    assert len(rules) <= 5
    assert [rule["OnExitCode"] for rule in rules if "OnExitCode" in rule] == ["11", "137", "143"]
    assert out.job("b")["RetryStrategy"]["Attempts"] == 10


def test_a_job_s_time_is_longer_than_its_tasks(emit: Emit) -> None:
    axes = {"g": PlanAxis("g", ("g",), values=Listed(("g",), tuple((i,) for i in range(100))))}
    policy = Policy(timeout=60_000_000, retry=1, backoff=1_000_000)
    out = emit(Plan("p", axes=axes, steps=(step("a", axes=("g",), tiles={"max": 10}, policy=policy), step("b"))))
    assert out.job("a")["Timeout"] == {"AttemptDurationSeconds": 10 * (2 * 60 + 1) + 600}
    assert out.job("b")["Timeout"] == {"AttemptDurationSeconds": 7 * 86_400}


def test_a_pool_is_a_queue(emit: Emit) -> None:
    policy = Policy(pool="gpu", resources={"gpu": 2, "cpu": 0.5})
    targets = {"stepfunctions": {"network": NETWORK, "queues": {"gpu": {"arn": GPU, "platform": "ec2"}}}}
    out = emit(Plan("p", steps=(step("a", policy=policy), step("b"))), pools={"gpu": {"gpu": 1}}, targets=targets)
    places = out.resources["Machine"]["Properties"]["DefinitionSubstitutions"]
    assert places["PoolgpuQueue"] == GPU
    assert places["DefaultQueue"] == {"Ref": "DefaultQueue"}
    assert out.job("a")["PlatformCapabilities"] == ["EC2"]
    assert out.job("a")["ContainerProperties"]["ResourceRequirements"] == [
        {"Type": "VCPU", "Value": "1"},
        {"Type": "MEMORY", "Value": "2048"},
        {"Type": "GPU", "Value": "2"},
    ]
    assert out.resources["DefaultMachines"]["Properties"]["ComputeResources"]["Type"] == "FARGATE"


@pytest.mark.parametrize(
    ("pool", "kind"),
    [
        ({}, "FARGATE"),
        ({"spot": True}, "FARGATE_SPOT"),
        ({"gpu": 1}, "EC2"),
        ({"gpu": 1, "spot": True, "priority": 7}, "SPOT"),
    ],
)
def test_machines_are_made_for_pools_without_a_queue(emit: Emit, pool: dict[str, Any], kind: str) -> None:
    plan = Plan("p", steps=(step("a", policy=Policy(pool="big_one")),))
    out = emit(plan, pools={"big_one": pool}, targets={"stepfunctions": {"network": NETWORK}}).resources
    made = out["PoolbigX5foneMachines"]["Properties"]
    assert made["ComputeResources"]["Type"] == kind
    assert out["PoolbigX5foneQueue"]["Properties"]["Priority"] == pool.get("priority", 1)
    assert ("InstanceProfile" in out) == ("gpu" in pool)


@pytest.mark.parametrize(
    ("asked", "given"),
    [({"cpu": 0.25, "memory": 1}, ("0.25", "512")), ({"cpu": 0.3, "memory": 1 << 29}, ("0.5", "1024")),
     ({"cpu": 1, "memory": 12 << 30}, ("2", "12288")), ({"cpu": 16, "memory": 120 << 30}, ("16", "122880"))],
)  # fmt: skip
def test_fargate_has_certain_sizes(emit: Emit, asked: dict[str, float], given: tuple[str, str]) -> None:
    out = emit(Plan("p", steps=(step("a", policy=Policy(resources=asked)),)))
    wanted = out.job("a")["ContainerProperties"]["ResourceRequirements"]
    assert tuple(each["Value"] for each in wanted) == given


def test_secrets_are_references_and_go_where_they_are_used(emit: Emit) -> None:
    secret = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:crm"
    parameter = "arn:aws:ssm:eu-central-1:123456789012:parameter/db/password"
    secrets = {"a": {"aws": f"{secret}:token::"}, "db": {"aws": parameter}}
    connections = {"w": {"type": "postgres", "host": "h", "password": "db"}}
    read = PlanStep("read", "read", "0", {"locate": {"connection": "w", "table": "t"}}, origin=(("sources", "s"),))
    own = replace(step("own"), params={"locate": {"secrets": {"token": "a"}}})
    out = emit(Plan("p", steps=(read, own, step("b"))), secrets=secrets, connections=connections)
    given = {name: out.job(name)["ContainerProperties"].get("Secrets") for name in out.rows}
    assert given["own"] == [{"Name": "MLC_SECRET_A", "ValueFrom": f"{secret}:token::"}]
    assert given["read"] == given["mlc-prepare"] == [{"Name": "MLC_SECRET_DB", "ValueFrom": parameter}]
    assert given["b"] is given["mlc-finish"] is None
    allowed = out.resources["StartRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    assert [each["Resource"] for each in allowed if each["Action"][0].startswith(("secrets", "ssm"))] == [
        [f"{secret}-??????"],
        [parameter],
    ]


def test_job_definitions_are_what_batch_takes(emit: Emit) -> None:
    policy = Policy(pool="gpu", resources={"gpu": 1}, retry=3)
    secrets = {"a": {"aws": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:crm-AbCdEf"}}
    own = replace(step("own", policy=policy), params={"locate": {"secrets": {"token": "a"}}})
    targets = {"stepfunctions": {"network": NETWORK, "tags": {"team": "x"}, "volumes": {"out": VOLUME}}}
    out = emit(Plan("p", steps=(step("a"), own)), pools={"gpu": {"gpu": 1, "spot": True}}, targets=targets,
               secrets=secrets)  # fmt: skip
    definitions = [each for each in out.resources.values() if each["Type"] == "AWS::Batch::JobDefinition"]
    assert len(definitions) == 4
    for each in definitions:
        request = uncapitalised(resolved(each["Properties"]))
        del request["resourceRetentionPolicy"]  # which is CloudFormation's own
        _held_to("RegisterJobDefinition", request)


def test_volumes_are_where_the_project_has_them(emit: Emit) -> None:
    volumes = {"out": VOLUME, "lake": {**VOLUME, "path": "/lake/", "read_only": True}}
    targets = {"stepfunctions": {"queue": {"arn": GPU}, "volumes": volumes}}
    container = emit(Plan("p", steps=(step("a"),)), targets=targets).job("a")["ContainerProperties"]
    assert container["MountPoints"] == [
        {"SourceVolume": "out", "ContainerPath": "/mlc/project/out", "ReadOnly": False},
        {"SourceVolume": "lake", "ContainerPath": "/lake", "ReadOnly": True},
    ]
    configuration = container["Volumes"][0]["EfsVolumeConfiguration"]
    assert configuration["FileSystemId"] == VOLUME["file_system"]
    assert configuration["AuthorizationConfig"]["AccessPointId"] == VOLUME["access_point"]


@pytest.mark.parametrize("path", ["", ".", "..", "../out", "out/../..", "/", "a b", "out\n", "${x}", "out//in", "-"])
def test_a_volume_s_path_is_plain(path: str) -> None:
    site = {**ENVIRONMENT, "targets": {"stepfunctions": {"queue": GPU, "volumes": {"out": {**VOLUME, "path": path}}}}}
    found = TARGET.check(Plan("p", steps=(step("a"),)), site, Files("pipeline.yaml", "environment.yaml"))
    assert [each.code for each in found] == ([] if path == "-" else ["MLC110"])


@pytest.mark.parametrize("path", ["/mlc", "/mlc/project", "/proc/x", "/data/"])
def test_a_volume_hides_nothing_and_no_other(path: str) -> None:
    volumes = {"a": {**VOLUME, "path": "/data"}, "b": {**VOLUME, "path": path}}
    site = {**ENVIRONMENT, "targets": {"stepfunctions": {"queue": GPU, "volumes": volumes}}}
    found = TARGET.check(Plan("p", steps=(step("a"),)), site, Files("pipeline.yaml", "environment.yaml"))
    assert [each.code for each in found] == ["MLC726"]


def test_predictions_need_a_volume_that_may_be_written() -> None:
    write = PlanStep(
        "s.write", "write", "0", {"locate": {"path": "out/s.csv"}}, effect=True, origin=(("serving", "s"),)
    )

    def codes(**volume: Any) -> list[str]:
        volumes = {"out": {**VOLUME, **volume}} if volume else {}
        site = {**ENVIRONMENT, "targets": {"stepfunctions": {"queue": GPU, "volumes": volumes}}}
        found = TARGET.check(Plan("p", steps=(write,)), site, Files("pipeline.yaml", "environment.yaml"))
        return [each.code for each in found]

    assert codes() == codes(read_only=True) == codes(path="other") == codes(path="out/s.csv.d") == ["MLC728"]
    assert codes(path="out") == codes(path="/mlc/project/out") == []


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


def test_submit_calls_are_what_batch_takes(emit: Emit) -> None:
    states = emit(found(max=7)).machine["States"]["mlc-stage"]["ItemProcessor"]["States"]
    for name in ("tile", "tiles"):
        request = uncapitalised(states[name]["Arguments"])
        request["arrayProperties"] = {"size": 2}
        _held_to("SubmitJob", request)


def _held_to(operation: str, request: dict[str, Any]) -> None:
    report = ParamValidator().validate(request, BATCH.operation_model(operation).input_shape)
    assert not report.has_errors(), report.generate_report()


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
