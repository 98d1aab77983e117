"""Least privilege: no action by wildcard, and no resource by `*` where AWS lets one be named."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.targets.stepfunctions.statements import Statement, statements

from mlc_runtime.plan import Plan, PlanStep

Emit = Callable[..., Any]

EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*/stepfunctions/template.yaml"))
UNNAMED = {
    "batch:DescribeJobs",
    "ecr:GetAuthorizationToken",
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
}
"""The actions of ours of which the Service Authorization Reference names no resource, or which AWS's own page of the
policy that logging of state machines needs asks `*` for."""


def check(resources: dict[str, Any]) -> None:
    """Hold the policies of a stack to least privilege."""
    found = list(statements(resources))
    assert found
    for statement in found:
        assert statement["Effect"] == "Allow"
        for action in statement["Action"]:
            assert "*" not in action
            if "*" in statement["Resource"]:
                assert action in UNNAMED, action
        for resource in statement["Resource"]:
            text = resource["Fn::Sub"] if isinstance(resource, dict) and "Fn::Sub" in resource else resource
            if isinstance(text, str) and text != "*":
                *_, account, name = text.split(":", 5)
                assert "*" not in account
                assert not name.startswith("*"), text


@pytest.mark.parametrize("template", EXAMPLES, ids=lambda path: path.parts[-3])
def test_examples(template: Path) -> None:
    check(yaml.safe_load(template.read_text())["Resources"])


def test_all_that_can_be_asked_for(emit: Emit) -> None:
    secrets = {
        "a": {"aws": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:crm"},
        "b": {"aws": "arn:aws:ssm:eu-central-1:123456789012:parameter/p"},
    }
    settings = {
        "network": {"subnets": ["subnet-0a"], "security_groups": ["sg-0a"], "platform": "ec2"},
        "volumes": {"out": {"path": "out", "file_system": "fs-0123456789abcdef0", "access_point": "fsap-01234567"}},
        "question_topic": "arn:aws:sns:eu-central-1:123456789012:leads",
        "keys": ["arn:aws:kms:eu-central-1:123456789012:key/0a"],
    }
    read = PlanStep("s", "python", "0", {"locate": {"secrets": {"x": "a", "y": "b"}}}, origin=(("steps", "s"),))
    ask = PlanStep("ask", "approve", "0", {"message": "?"}, origin=(("steps", "ask"),))
    plan = Plan("p", steps=(read, ask), spec={"schedule": [{"cron": "0 3 * * *"}]})
    image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/ml@sha256:" + "0" * 64
    resources = emit(plan, secrets=secrets, image=image, targets={"stepfunctions": settings}).resources
    check(resources)
    asked = {action for statement in statements(resources) for action in statement["Action"]}
    assert {"secretsmanager:GetSecretValue", "ssm:GetParameters", "kms:Decrypt", "states:StartExecution"} <= asked
    assert {"elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite", "sns:Publish"} <= asked


def test_what_is_only_read_cannot_be_written(emit: Emit) -> None:
    volume = {"path": "lake", "file_system": "fs-0123456789abcdef0", "access_point": "fsap-01234567", "read_only": True}
    settings = {"network": {"subnets": ["subnet-0a"], "security_groups": ["sg-0a"]}, "volumes": {"lake": volume}}
    plan = Plan("p", steps=(PlanStep("s", "python", "0", origin=(("steps", "s"),)),))
    resources = emit(plan, targets={"stepfunctions": settings}).resources
    [mount] = [each for each in statements(resources) if "elasticfilesystem:ClientMount" in each["Action"]]
    assert mount["Action"] == ["elasticfilesystem:ClientMount"]
    assert mount["Condition"]["StringEquals"]["elasticfilesystem:AccessPointArn"]["Fn::Sub"].endswith("/fsap-01234567")


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Allow", "Action": ["s3:*"], "Resource": ["arn:aws:s3:::bucket/x"]},
        {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["*"]},
        {"Effect": "Allow", "Action": ["batch:TerminateJob"], "Resource": ["*"]},
        {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::*"]},
    ],
)
def test_too_much_is_found(statement: Statement) -> None:
    policies = [{"PolicyDocument": {"Statement": [statement]}}]
    with pytest.raises(AssertionError):
        check({"Role": {"Type": "AWS::IAM::Role", "Properties": {"Policies": policies}}})


def test_nobody_but_this_account_s_services_takes_a_role_on(emit: Emit) -> None:
    resources = emit(Plan("p", steps=(PlanStep("s", "python", "0", origin=(("steps", "s"),)),))).resources
    trusts = [each["Properties"]["AssumeRolePolicyDocument"] for each in resources.values() if "Role" in each["Type"]]
    for [statement] in (trust["Statement"] for trust in trusts):
        assert statement["Principal"]["Service"] in ("ecs-tasks.amazonaws.com", "states.amazonaws.com")
        assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
