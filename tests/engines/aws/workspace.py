"""What one asks of the engine: queues and definitions made, jobs and state machines run and waited for."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tests.engines.aws.engine import HURRIED, SHELL, Engine

Document = dict[str, Any]

QUEUE = "main"
ENDED = frozenset({"SUCCEEDED", "FAILED"})
ROLE = "everything"


@dataclass(frozen=True)
class Workspace:
    """A running engine with a role, and with queues to run jobs on."""

    engine: Engine

    @cached_property
    def batch(self) -> Any:
        """AWS Batch."""
        return self.engine.client("batch")

    @cached_property
    def states(self) -> Any:
        """Step Functions."""
        return self.engine.client("stepfunctions")

    @cached_property
    def role(self) -> str:
        """The ARN of a role that is there."""
        return str(self.engine.client("iam").get_role(RoleName=ROLE)["Role"]["Arn"])

    def prepare(self) -> None:
        """Make the role and the queues."""
        trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}
        self.engine.client("iam").create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(trust))
        ec2 = self.engine.client("ec2")
        where = {
            "subnets": [ec2.describe_subnets()["Subnets"][0]["SubnetId"]],
            "securityGroupIds": [ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]],
        }
        for queue in (QUEUE, HURRIED):
            resources = {"type": "FARGATE", "maxvCpus": 16, **where}
            made = self.batch.create_compute_environment(
                computeEnvironmentName=queue, type="MANAGED", serviceRole=self.role, computeResources=resources
            )
            order = [{"order": 1, "computeEnvironment": made["computeEnvironmentArn"]}]
            self.batch.create_job_queue(jobQueueName=queue, state="ENABLED", priority=1, computeEnvironmentOrder=order)

    def define(self, command: Sequence[str] = ("true",), image: str = SHELL, **more: Any) -> str:
        """Register a job definition; `more` goes into the request, and adds to its `containerProperties`."""
        resources = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "512"}]
        container = {"image": image, "command": list(command), "resourceRequirements": resources}
        request = {"jobDefinitionName": f"job-{uuid.uuid4().hex[:8]}", "type": "container", **more}
        request["containerProperties"] = {**container, **more.get("containerProperties", {})}
        return str(self.batch.register_job_definition(**request)["jobDefinitionArn"])

    def submit(self, definition: str, queue: str = QUEUE, **more: Any) -> str:
        """Submit a job; its id."""
        return str(self.batch.submit_job(jobName="job", jobQueue=queue, jobDefinition=definition, **more)["jobId"])

    def job(self, identifier: str) -> Document:
        """A job as it stands."""
        [found] = self.batch.describe_jobs(jobs=[identifier])["jobs"]
        return dict(found)

    def wait_for_job(
        self, identifier: str, until: Callable[[Document], Any] | None = None, seconds: float = 240
    ) -> Document:
        """A job as soon as it has ended, or fulfils a condition.

        Raises:
            TimeoutError: it did not come to that; with how it stands.
        """
        return _wait(lambda: self.job(identifier), until or (lambda job: job["status"] in ENDED), seconds)

    def lose_host(self, identifier: str) -> None:
        """Take a running job's host away."""
        self.engine.open("lose-host", job=identifier)

    def log(self, job: Mapping[str, Any]) -> list[str]:
        """What the last attempt at a job printed, by line."""
        stream = job["container"]["logStreamName"]
        options = job["container"].get("logConfiguration", {}).get("options", {})
        group = options.get("awslogs-group", "/aws/batch/job")
        answer = self.engine.client("logs").get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True)
        return [event["message"] for event in answer["events"]]

    def create(self, definition: Mapping[str, Any], name: str = "") -> str:
        """Make a state machine; its ARN."""
        made = self.states.create_state_machine(
            name=name or f"machine-{uuid.uuid4().hex[:8]}", definition=json.dumps(definition), roleArn=self.role
        )
        return str(made["stateMachineArn"])

    def start(self, machine: str, given: Mapping[str, Any] | None = None) -> str:
        """Start an execution; its ARN."""
        name = f"run-{uuid.uuid4().hex[:8]}"
        answer = self.states.start_execution(stateMachineArn=machine, name=name, input=json.dumps(given or {}))
        return str(answer["executionArn"])

    def execution(self, arn: str) -> Document:
        """An execution as it stands."""
        return dict(self.states.describe_execution(executionArn=arn))

    def wait(self, arn: str, until: Callable[[Document], Any] | None = None, seconds: float = 120) -> Document:
        """An execution as soon as it has ended, or fulfils a condition.

        Raises:
            TimeoutError: it did not come to that; with how it stands.
        """
        return _wait(lambda: self.execution(arn), until or (lambda found: found["status"] != "RUNNING"), seconds)

    def run(self, definition: Mapping[str, Any], given: Mapping[str, Any] | None = None) -> Document:
        """How an execution of a new state machine ended."""
        return self.wait(self.start(self.create(definition), given))

    def submitted(self, arn: str) -> list[Document]:
        """The jobs that an execution has started, as they stand, in order."""
        details = [each["taskSubmittedEventDetails"] for each in self.events(arn) if each["type"] == "TaskSubmitted"]
        return [self.job(json.loads(each["output"])["JobId"]) for each in details if each["resourceType"] == "batch"]

    def events(self, arn: str) -> list[Document]:
        """The history of an execution."""
        pages = self.states.get_paginator("get_execution_history").paginate(executionArn=arn)
        return [event for page in pages for event in page["events"]]


def _wait(look: Callable[[], Document], until: Callable[[Document], Any], seconds: float) -> Document:
    """Look ever less often, for each look costs the engine what jobs could use."""
    end, pause = time.monotonic() + seconds, 0.05
    while not until(found := look()):
        if time.monotonic() > end:
            raise TimeoutError(f"after {seconds:.0f} s it is {found}")
        time.sleep(pause)
        pause = min(1.0, pause * 1.2)
    return found
