"""Stacks as the engine makes, changes and removes them, with all that they may hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError
from tests.engines.aws.workspace import Document, Workspace

IAM = ["CAPABILITY_IAM"]
TRUST = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
ALLOW = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": [{"Fn::Sub": "arn:${AWS::Partition}:s3:::b/*"}]}
SIZES = [{"Type": "VCPU", "Value": "0.25"}, {"Type": "MEMORY", "Value": "512"}]
DEFINITION = {
    "QueryLanguage": "JSONata",
    "StartAt": "Job",
    "States": {
        "Job": {
            "Type": "Task",
            "Resource": "arn:aws:states:::batch:submitJob.sync",
            "Arguments": {"JobName": "job", "JobDefinition": "${Job}", "JobQueue": "${Queue}"},
            "Output": {"definition": "{% $states.result.JobDefinition %}"},
            "End": True,
        }
    },
}


def template(prefix: str, workspace: Workspace) -> Document:
    """A stack of everything: machines, a queue, a job, a state machine, roles, logs, a schedule, an alarm."""
    policies = [{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": [ALLOW]}}]
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [TRUST]},
            "Policies": policies,
        },
    }
    ec2 = workspace.engine.client("ec2")
    where = {
        "Subnets": [ec2.describe_subnets()["Subnets"][0]["SubnetId"]],
        "SecurityGroupIds": [ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]],
    }
    container = {
        "Image": "mlc/shell:1",
        "Command": ["sh", "-c", "echo $MARK"],
        "Environment": [{"Name": "MARK", "Value": "one"}],
        "ExecutionRoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
        "ResourceRequirements": SIZES,
        "LogConfiguration": {"LogDriver": "awslogs", "Options": {"awslogs-group": {"Ref": "Logs"}}},
    }
    schedule = {
        "ScheduleExpression": "cron(0 3 ? * MON *)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {
            "Arn": {"Ref": "Machine"},
            "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
            "Input": '{"as_of": "<aws.scheduler.scheduled-time>"}',
        },
    }
    alarm = {
        "Namespace": "AWS/States",
        "MetricName": "ExecutionsFailed",
        "Dimensions": [{"Name": "StateMachineArn", "Value": {"Ref": "Machine"}}],
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 0,
        "Period": 300,
        "Statistic": "Sum",
        "EvaluationPeriods": 1,
    }
    resources = {
        "Machine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {
                "StateMachineName": f"{prefix}-machine",
                "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
                "DefinitionString": json.dumps(DEFINITION),
                "DefinitionSubstitutions": {"Job": {"Ref": "Job"}, "Queue": {"Ref": "Queue"}},
                "Tags": [{"Key": "team", "Value": "tests"}],
            },
        },
        "Job": {
            "Type": "AWS::Batch::JobDefinition",
            "Properties": {
                "JobDefinitionName": f"{prefix}-job",
                "Type": "container",
                "PlatformCapabilities": ["FARGATE"],
                "ContainerProperties": container,
                "RetryStrategy": {"Attempts": 2, "EvaluateOnExit": [{"OnExitCode": "11", "Action": "RETRY"}]},
                "Timeout": {"AttemptDurationSeconds": 60},
                "Tags": {"team": "tests"},
                "ResourceRetentionPolicy": {"SkipDeregisterOnUpdate": True},
            },
        },
        "Queue": {
            "Type": "AWS::Batch::JobQueue",
            "Properties": {
                "Priority": 1,
                "ComputeEnvironmentOrder": [{"Order": 1, "ComputeEnvironment": {"Ref": "Machines"}}],
            },
        },
        "Machines": {
            "Type": "AWS::Batch::ComputeEnvironment",
            "Properties": {
                "Type": "MANAGED",
                "ComputeResources": {"Type": "FARGATE", "MaxvCpus": 4, **where},
                "ReplaceComputeEnvironment": False,
            },
        },
        "Role": role,
        "Logs": {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {"LogGroupName": f"/{prefix}/logs", "RetentionInDays": 30},
        },
        "Schedule": {"Type": "AWS::Scheduler::Schedule", "Properties": schedule},
        "Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": alarm},
    }
    outputs = {"Machine": {"Value": {"Ref": "Machine"}}}
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources, "Outputs": outputs}


class Stacks:
    """CloudFormation, and what stacks say."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.client = workspace.engine.client("cloudformation")

    def create(self, name: str, content: Mapping[str, Any]) -> Document:
        """A stack once it has been made."""
        self.client.create_stack(StackName=name, TemplateBody=json.dumps(content), Capabilities=IAM)
        return self.wait(name, "stack_create_complete")

    def update(self, name: str, content: Mapping[str, Any]) -> Document:
        """A stack once it has been changed."""
        self.client.update_stack(StackName=name, TemplateBody=json.dumps(content), Capabilities=IAM)
        return self.wait(name, "stack_update_complete")

    def wait(self, name: str, event: str) -> Document:
        """A stack as soon as it has come to something."""
        self.client.get_waiter(event).wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
        return self.stack(name)

    def stack(self, name: str) -> Document:
        """A stack as it stands."""
        [found] = self.client.describe_stacks(StackName=name)["Stacks"]
        return dict(found)

    def resources(self, name: str) -> dict[str, str]:
        """The physical ids of a stack's resources."""
        found = self.client.describe_stack_resources(StackName=name)["StackResources"]
        return {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in found}

    def reasons(self, name: str) -> list[str]:
        """Why something failed."""
        events = self.client.describe_stack_events(StackName=name)["StackEvents"]
        return [each["ResourceStatusReason"] for each in events if each["ResourceStatus"].endswith("_FAILED")]


@pytest.fixture(scope="module")
def stacks(workspace: Workspace) -> Stacks:
    return Stacks(workspace)


def test_a_stack_is_made_run_changed_and_removed(workspace: Workspace, stacks: Stacks) -> None:
    first = template("whole", workspace)
    stack = stacks.create("whole", first)
    [output] = stack["Outputs"]
    before = stacks.resources("whole")
    assert output["OutputValue"] == before["Machine"]
    assert before.keys() == first["Resources"].keys()

    ended = workspace.wait(workspace.start(before["Machine"]))
    assert (ended["status"], json.loads(ended["output"])["definition"]) == ("SUCCEEDED", before["Job"])
    policy = workspace.engine.client("iam").get_role_policy(RoleName=before["Role"], PolicyName="p")["PolicyDocument"]
    assert policy["Statement"][0]["Resource"] == ["arn:aws:s3:::b/*"]
    [group] = workspace.engine.client("logs").describe_log_groups(logGroupNamePrefix="/whole/")["logGroups"]
    assert group["retentionInDays"] == 30
    target = workspace.engine.client("scheduler").get_schedule(Name=before["Schedule"])["Target"]
    assert target["Arn"] == before["Machine"]
    due = workspace.engine.open("come-due", schedule=before["Schedule"], at="2026-01-02T03:00:00Z")
    assert json.loads(workspace.wait(due)["input"]) == {"as_of": "2026-01-02T03:00:00Z"}

    second = deepcopy(first)
    second["Resources"]["Job"]["Properties"]["ContainerProperties"]["Environment"][0]["Value"] = "two"
    del second["Resources"]["Alarm"]
    assert stacks.update("whole", second)["StackStatus"] == "UPDATE_COMPLETE"
    after = stacks.resources("whole")
    assert after["Job"] == before["Job"].removesuffix(":1") + ":2"
    assert "Alarm" not in after
    ended = workspace.wait(workspace.start(after["Machine"]))
    assert json.loads(ended["output"])["definition"] == after["Job"], "the state machine has the new revision"

    stacks.client.delete_stack(StackName="whole")
    stacks.client.get_waiter("stack_delete_complete").wait(StackName="whole", WaiterConfig={"Delay": 1})
    with pytest.raises(ClientError, match="does not exist"):
        stacks.stack("whole")
    assert workspace.engine.client("logs").describe_log_groups(logGroupNamePrefix="/whole/")["logGroups"] == []


def test_a_definition_may_be_in_s3(workspace: Workspace, stacks: Stacks) -> None:
    s3 = workspace.engine.client("s3")
    s3.create_bucket(Bucket="definitions")
    s3.put_object(Bucket="definitions", Key="machine.asl.json", Body=json.dumps(DEFINITION))
    content = template("remote", workspace)
    properties = content["Resources"]["Machine"]["Properties"]
    del properties["DefinitionString"]
    properties["DefinitionS3Location"] = {"Bucket": "definitions", "Key": "machine.asl.json"}
    s3.put_object(Bucket="definitions", Key="template.json", Body=json.dumps(content))
    address = f"{workspace.engine.endpoint}/definitions/template.json"
    stacks.client.create_stack(StackName="remote", TemplateURL=address, Capabilities=IAM)
    stacks.wait("remote", "stack_create_complete")
    assert workspace.wait(workspace.start(stacks.resources("remote")["Machine"]))["status"] == "SUCCEEDED"


def test_what_fails_is_taken_back(workspace: Workspace, stacks: Stacks) -> None:
    content = template("broken", workspace)
    wrong = json.dumps(DEFINITION).replace("JobName", "JobNme")
    content["Resources"]["Machine"]["Properties"]["DefinitionString"] = wrong
    with pytest.raises(WaiterError):
        stacks.create("broken", content)
    assert stacks.stack("broken")["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "JobNme" in stacks.reasons("broken")[0]
    assert stacks.resources("broken") == {}
    assert workspace.engine.client("logs").describe_log_groups(logGroupNamePrefix="/broken/")["logGroups"] == []
    with pytest.raises(ClientError, match="ROLLBACK_COMPLETE state and can not be updated"):
        stacks.update("broken", template("broken", workspace))


def test_a_change_that_fails_is_taken_back(workspace: Workspace, stacks: Stacks) -> None:
    content = template("kept", workspace)
    stacks.create("kept", content)
    wrong = deepcopy(content)
    wrong["Resources"]["Logs"]["Properties"]["RetentionInDays"] = 60
    wrong["Resources"]["Job"]["Properties"]["ContainerProperties"]["Environment"][0]["Name"] = "AWS_BATCH_MARK"
    with pytest.raises(WaiterError):
        stacks.update("kept", wrong)
    assert stacks.stack("kept")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "reserved" in stacks.reasons("kept")[0]
    [group] = workspace.engine.client("logs").describe_log_groups(logGroupNamePrefix="/kept/")["logGroups"]
    assert group["retentionInDays"] == 30
    with pytest.raises(ClientError, match="No updates are to be performed"):
        stacks.update("kept", content)


def test_a_schedule_that_is_none_is_refused(workspace: Workspace, stacks: Stacks) -> None:
    content = template("never", workspace)
    content["Resources"]["Schedule"]["Properties"]["ScheduleExpression"] = "cron(0 3 * * MON *)"
    with pytest.raises(WaiterError):
        stacks.create("never", content)
    assert "Invalid Schedule Expression" in stacks.reasons("never")[0]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupNme": "x"}}}, "LogGroupNme"),
        ({"Logs": {"Type": "AWS::Logs::LogGrop"}}, "LogGrop"),
        ({"Logs": {"Type": "AWS::S3::Bucket"}}, "makes no AWS::S3::Bucket"),
        ({"Schedule": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": {"Ref": "Nothing"}}}}, "Nothing"),
        ({"Filler": {"Type": "AWS::Logs::LogGroup", "Metadata": {"x": "x" * 51_200}}}, "bytes"),
    ],
)
def test_a_wrong_template_is_refused(
    workspace: Workspace, stacks: Stacks, change: Mapping[str, Any], error: str
) -> None:
    content = template("wrong", workspace)
    content["Resources"] |= change
    with pytest.raises(ClientError, match=error):
        stacks.create("wrong", content)


def test_roles_are_made_for_who_says_so(workspace: Workspace, stacks: Stacks) -> None:
    content = json.dumps(template("roles", workspace))
    with pytest.raises(ClientError, match="InsufficientCapabilities"):
        stacks.client.create_stack(StackName="roles", TemplateBody=content)
