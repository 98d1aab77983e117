"""The kinds of resources that stacks may have, each made through the API of its own service, as CloudFormation does."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.engines.aws.server.shapes import renamed

Properties = Mapping[str, Any]
Clients = Callable[[str], Any]
"""The client of a service by its name."""


@dataclass(frozen=True)
class Made:
    """A resource that is there.

    Attributes:
        id: its physical id, which is what `Ref` gives.
        attributes: what `Fn::GetAtt` gives.
    """

    id: str
    attributes: Mapping[str, str] = field(default_factory=dict)


class Kind(Protocol):
    """How resources of a type are made, changed and removed."""

    def create(self, aws: Clients, name: str, properties: Properties) -> Made:
        """Make one; the name is for what has none in its properties."""
        ...

    def update(self, aws: Clients, made: Made, name: str, properties: Properties, before: Properties) -> Made:
        """Change one; another id means that it was replaced."""
        ...

    def delete(self, aws: Clients, made: Made, properties: Properties) -> None:
        """Remove one."""
        ...


class StateMachine:
    """`AWS::StepFunctions::StateMachine`."""

    def create(self, aws: Clients, name: str, properties: Properties) -> Made:
        """Create it; its definition is in the properties or in S3."""
        given = renamed("stepfunctions", "CreateStateMachine", self._request(aws, properties))
        called = properties.get("StateMachineName", name)
        arn = aws("stepfunctions").create_state_machine(name=called, **given)["stateMachineArn"]
        return Made(arn, {"Arn": arn, "Name": called})

    def update(self, aws: Clients, made: Made, name: str, properties: Properties, before: Properties) -> Made:
        """Update it; another name is another state machine."""
        if properties.get("StateMachineName") != before.get("StateMachineName"):
            return _replaced(self, aws, made, name, properties, before)
        request = self._request(aws, properties)
        request.pop("Tags", None)
        given = renamed("stepfunctions", "UpdateStateMachine", request)
        aws("stepfunctions").update_state_machine(stateMachineArn=made.id, **given)
        return made

    def delete(self, aws: Clients, made: Made, properties: Properties) -> None:
        """Delete it."""
        aws("stepfunctions").delete_state_machine(stateMachineArn=made.id)

    def _request(self, aws: Clients, properties: Properties) -> dict[str, Any]:
        if place := properties.get("DefinitionS3Location"):
            text = aws("s3").get_object(Bucket=place["Bucket"], Key=place["Key"])["Body"].read().decode()
        else:
            text = properties["DefinitionString"]
        for hole, value in properties.get("DefinitionSubstitutions", {}).items():
            text = text.replace(f"${{{hole}}}", str(value))
        rest = _without(properties, "DefinitionString", "DefinitionS3Location", "DefinitionSubstitutions")
        return {**_without(rest, "StateMachineName"), "Definition": text}


class JobDefinition:
    """`AWS::Batch::JobDefinition`: each change is a revision."""

    def create(self, aws: Clients, name: str, properties: Properties) -> Made:
        """Register it."""
        given = {"JobDefinitionName": name, **_without(properties, "ResourceRetentionPolicy")}
        request = renamed("batch", "RegisterJobDefinition", given)
        arn = aws("batch").register_job_definition(**request)["jobDefinitionArn"]
        return Made(arn, {"JobDefinitionArn": arn})

    def update(self, aws: Clients, made: Made, name: str, properties: Properties, before: Properties) -> Made:
        """Register another revision, and keep the earlier one if asked to."""
        called = made.id.rpartition("/")[2].partition(":")[0]
        after = self.create(aws, called, properties)
        if not properties.get("ResourceRetentionPolicy", {}).get("SkipDeregisterOnUpdate"):
            self.delete(aws, made, before)
        return after

    def delete(self, aws: Clients, made: Made, properties: Properties) -> None:
        """Deregister it."""
        aws("batch").deregister_job_definition(jobDefinition=made.id)


class JobQueue:
    """`AWS::Batch::JobQueue`."""

    def create(self, aws: Clients, name: str, properties: Properties) -> Made:
        """Create it."""
        given = {"JobQueueName": name, "State": "ENABLED", **properties}
        arn = aws("batch").create_job_queue(**renamed("batch", "CreateJobQueue", given))["jobQueueArn"]
        return Made(arn, {"JobQueueArn": arn})

    def update(self, aws: Clients, made: Made, name: str, properties: Properties, before: Properties) -> Made:
        """Update it."""
        given = {"JobQueue": made.id, **_without(properties, "JobQueueName", "Tags")}
        aws("batch").update_job_queue(**renamed("batch", "UpdateJobQueue", given))
        return made

    def delete(self, aws: Clients, made: Made, properties: Properties) -> None:
        """Disable it, and delete it."""
        aws("batch").update_job_queue(jobQueue=made.id, state="DISABLED")
        aws("batch").delete_job_queue(jobQueue=made.id)


class ComputeEnvironment:
    """`AWS::Batch::ComputeEnvironment`."""

    def create(self, aws: Clients, name: str, properties: Properties) -> Made:
        """Create it."""
        given = {"ComputeEnvironmentName": name, **_without(properties, "ReplaceComputeEnvironment")}
        request = renamed("batch", "CreateComputeEnvironment", given)
        arn = aws("batch").create_compute_environment(**request)["computeEnvironmentArn"]
        return Made(arn, {"ComputeEnvironmentArn": arn})

    def update(self, aws: Clients, made: Made, name: str, properties: Properties, before: Properties) -> Made:
        """Put another one in its place."""
        return _replaced(self, aws, made, name, properties, before)

    def delete(self, aws: Clients, made: Made, properties: Properties) -> None:
        """Disable it, and delete it."""
        aws("batch").update_compute_environment(computeEnvironment=made.id, state="DISABLED")
        aws("batch").delete_compute_environment(computeEnvironment=made.id)


class Role:
    """`AWS::IAM::Role`."""

    def create(self, aws: Clients, name: str, properties: Properties) -> Made:
        """Create it with its policies."""
        called = properties.get("RoleName", name[-64:])
        trust, tags = json.dumps(properties["AssumeRolePolicyDocument"]), properties.get("Tags", [])
        role = aws("iam").create_role(RoleName=called, AssumeRolePolicyDocument=trust, Tags=tags)["Role"]
        self._grant(aws, called, properties)
        return Made(called, {"Arn": role["Arn"], "RoleId": role["RoleId"]})

    def update(self, aws: Clients, made: Made, name: str, properties: Properties, before: Properties) -> Made:
        """Exchange its policies."""
        if properties.get("RoleName") != before.get("RoleName"):
            return _replaced(self, aws, made, name, properties, before)
        trust = json.dumps(properties["AssumeRolePolicyDocument"])
        aws("iam").update_assume_role_policy(RoleName=made.id, PolicyDocument=trust)
        self._revoke(aws, made.id, before)
        self._grant(aws, made.id, properties)
        return made

    def delete(self, aws: Clients, made: Made, properties: Properties) -> None:
        """Take its policies away, and delete it."""
        self._revoke(aws, made.id, properties)
        aws("iam").delete_role(RoleName=made.id)

    def _grant(self, aws: Clients, role: str, properties: Properties) -> None:
        for policy in properties.get("Policies", []):
            document = json.dumps(policy["PolicyDocument"])
            aws("iam").put_role_policy(RoleName=role, PolicyName=policy["PolicyName"], PolicyDocument=document)
        for arn in properties.get("ManagedPolicyArns", []):
            aws("iam").attach_role_policy(RoleName=role, PolicyArn=arn)

    def _revoke(self, aws: Clients, role: str, properties: Properties) -> None:
        for policy in properties.get("Policies", []):
            aws("iam").delete_role_policy(RoleName=role, PolicyName=policy["PolicyName"])
        for arn in properties.get("ManagedPolicyArns", []):
            aws("iam").detach_role_policy(RoleName=role, PolicyArn=arn)


class InstanceProfile:
    """`AWS::IAM::InstanceProfile`."""

    def create(self, aws: Clients, name: str, properties: Properties) -> Made:
        """Create it with its role."""
        found = aws("iam").create_instance_profile(InstanceProfileName=name)["InstanceProfile"]
        for role in properties["Roles"]:
            aws("iam").add_role_to_instance_profile(InstanceProfileName=name, RoleName=role)
        return Made(name, {"Arn": found["Arn"]})

    def update(self, aws: Clients, made: Made, name: str, properties: Properties, before: Properties) -> Made:
        """Put another one in its place."""
        return _replaced(self, aws, made, name, properties, before)

    def delete(self, aws: Clients, made: Made, properties: Properties) -> None:
        """Take its role out, and delete it."""
        for role in properties["Roles"]:
            aws("iam").remove_role_from_instance_profile(InstanceProfileName=made.id, RoleName=role)
        aws("iam").delete_instance_profile(InstanceProfileName=made.id)


class LogGroup:
    """`AWS::Logs::LogGroup`."""

    def create(self, aws: Clients, name: str, properties: Properties) -> Made:
        """Create it."""
        called = properties.get("LogGroupName", name)
        tags = {each["Key"]: each["Value"] for each in properties.get("Tags", [])}
        aws("logs").create_log_group(logGroupName=called, **({"tags": tags} if tags else {}))
        self._keep(aws, called, properties)
        [found] = aws("logs").describe_log_groups(logGroupNamePrefix=called)["logGroups"][:1]
        return Made(called, {"Arn": found["arn"]})

    def update(self, aws: Clients, made: Made, name: str, properties: Properties, before: Properties) -> Made:
        """Change how long it keeps; another name is another group."""
        if properties.get("LogGroupName") != before.get("LogGroupName"):
            return _replaced(self, aws, made, name, properties, before)
        self._keep(aws, made.id, properties)
        return made

    def delete(self, aws: Clients, made: Made, properties: Properties) -> None:
        """Delete it."""
        aws("logs").delete_log_group(logGroupName=made.id)

    def _keep(self, aws: Clients, name: str, properties: Properties) -> None:
        if days := properties.get("RetentionInDays"):
            aws("logs").put_retention_policy(logGroupName=name, retentionInDays=int(days))


class Schedule:
    """`AWS::Scheduler::Schedule`."""

    def create(self, aws: Clients, name: str, properties: Properties) -> Made:
        """Create it."""
        called = properties.get("Name", name[-64:])
        self._check(properties)
        arn = aws("scheduler").create_schedule(**{"Name": called, **properties})["ScheduleArn"]
        return Made(called, {"Arn": arn})

    def update(self, aws: Clients, made: Made, name: str, properties: Properties, before: Properties) -> Made:
        """Update it."""
        self._check(properties)
        aws("scheduler").update_schedule(**{"Name": made.id, **properties})
        return made

    def delete(self, aws: Clients, made: Made, properties: Properties) -> None:
        """Delete it."""
        aws("scheduler").delete_schedule(Name=made.id)

    def _check(self, properties: Properties) -> None:
        """EventBridge Scheduler has six fields, of which either the day of the month or of the week is `?`."""
        expression = properties["ScheduleExpression"]
        fields = expression.removeprefix("cron(").removesuffix(")").split()
        if expression.startswith("cron(") and (len(fields) != 6 or (fields[2] == "?") == (fields[4] == "?")):
            raise ValueError(f"Invalid Schedule Expression {expression}.")


class Alarm:
    """`AWS::CloudWatch::Alarm`."""

    def create(self, aws: Clients, name: str, properties: Properties) -> Made:
        """Create it."""
        called = properties.get("AlarmName", name)
        aws("cloudwatch").put_metric_alarm(**{"AlarmName": called, **properties})
        [found] = aws("cloudwatch").describe_alarms(AlarmNames=[called])["MetricAlarms"]
        return Made(called, {"Arn": found["AlarmArn"]})

    def update(self, aws: Clients, made: Made, name: str, properties: Properties, before: Properties) -> Made:
        """Put it again."""
        return self.create(aws, made.id, properties)

    def delete(self, aws: Clients, made: Made, properties: Properties) -> None:
        """Delete it."""
        aws("cloudwatch").delete_alarms(AlarmNames=[made.id])


@dataclass(frozen=True)
class OfSageMaker:
    """A kind of SageMaker's, which is replaced when it changes; but an endpoint goes on under its name.

    Attributes:
        what: the kind, as its operations end.
        client: the name of the client's operations for it.
    """

    what: str
    client: str

    def create(self, aws: Clients, name: str, properties: Properties) -> Made:
        """Create it."""
        called = properties.get(f"{self.what}Name", name[-63:])
        request = renamed("sagemaker", f"Create{self.what}", {**properties, f"{self.what}Name": called})
        arn = getattr(aws("sagemaker"), f"create_{self.client}")(**request)[f"{self.what}Arn"]
        return Made(arn, {f"{self.what}Name": called})

    def update(self, aws: Clients, made: Made, name: str, properties: Properties, before: Properties) -> Made:
        """Put another one in its place, with another name where it has none of its own."""
        if self.what == "Endpoint":
            aws("sagemaker").delete_endpoint(EndpointName=made.attributes["EndpointName"])
            return self.create(aws, name, properties)
        return _replaced(self, aws, made, f"{name}-{uuid.uuid4().hex[:8]}", properties, before)

    def delete(self, aws: Clients, made: Made, properties: Properties) -> None:
        """Delete it."""
        name = f"{self.what}Name"
        getattr(aws("sagemaker"), f"delete_{self.client}")(**{name: made.attributes[name]})


KINDS: Mapping[str, Kind] = {
    "AWS::Batch::ComputeEnvironment": ComputeEnvironment(),
    "AWS::Batch::JobDefinition": JobDefinition(),
    "AWS::Batch::JobQueue": JobQueue(),
    "AWS::CloudWatch::Alarm": Alarm(),
    "AWS::IAM::InstanceProfile": InstanceProfile(),
    "AWS::IAM::Role": Role(),
    "AWS::Logs::LogGroup": LogGroup(),
    "AWS::SageMaker::Endpoint": OfSageMaker("Endpoint", "endpoint"),
    "AWS::SageMaker::EndpointConfig": OfSageMaker("EndpointConfig", "endpoint_config"),
    "AWS::SageMaker::Model": OfSageMaker("Model", "model"),
    "AWS::Scheduler::Schedule": Schedule(),
    "AWS::StepFunctions::StateMachine": StateMachine(),
}


def _without(properties: Properties, *names: str) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if name not in names}


def _replaced(kind: Kind, aws: Clients, made: Made, name: str, properties: Properties, before: Properties) -> Made:
    after = kind.create(aws, name, properties)
    kind.delete(aws, made, before)
    return after
