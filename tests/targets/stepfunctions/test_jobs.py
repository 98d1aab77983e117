"""Job definitions, queues and machines: what steps ask for, in the words of AWS Batch."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator
from tests.targets.stepfunctions.plans import GPU, NETWORK, VOLUME, found, step

from mlc_runtime.plan import Plan, PlanAxis, PlanStep, Policy
from mlc_runtime.relation import Listed

Emit = Callable[..., Any]

BATCH = botocore.session.get_session().get_service_model("batch")


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


def test_submit_calls_are_what_batch_takes(emit: Emit) -> None:
    states = emit(found(max=7)).machine["States"]["mlc-stage"]["ItemProcessor"]["States"]
    for name in ("tile", "tiles"):
        request = uncapitalised(states[name]["Arguments"])
        request["arrayProperties"] = {"size": 2}
        _held_to("SubmitJob", request)


def _held_to(operation: str, request: dict[str, Any]) -> None:
    report = ParamValidator().validate(request, BATCH.operation_model(operation).input_shape)
    assert not report.has_errors(), report.generate_report()
