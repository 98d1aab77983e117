"""The job definitions: one for each way in which steps are run, for `mlc-prepare` and for `mlc-finish`."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from mlc_containers.configuration import PLAN_FILE
from mlc_containers.deadline import deadline
from mlc_containers.layout import FINISH, PREPARE, Node
from mlc_containers.secrets import secrets_of_sources, secrets_of_step, variable_name
from mlc_runtime.plan import ENVIRONMENT_FILE, Policy
from mlc_stepfunctions.amounts import requirements
from mlc_stepfunctions.compute import queue_id
from mlc_stepfunctions.environment import SHORTEST
from mlc_stepfunctions.retry import retry
from mlc_stepfunctions.state_machines import StateMachine
from mlc_stepfunctions.tags import tags
from mlc_stepfunctions.volumes import volumes

Data = dict[str, Any]

TILE = "Tile"
_KILLED = (137, 143)
_COMMAND = ["python", "-m", "mlc_runtime"]
_FINISH = 3600
"""Seconds that judging a run may take."""


@dataclass(frozen=True)
class Job:
    """A job definition.

    Attributes:
        id: what its state machine calls it.
        resource: what the stack calls it.
        name: what AWS Batch calls it.
        queue: what the stack calls the queue that it is for.
        properties: as CloudFormation has them, but for its name.
        secrets: the names of the secrets that it is handed.
    """

    id: str
    resource: str
    name: str
    queue: str
    properties: Data
    secrets: tuple[str, ...] = ()


def jobs_of(machine: StateMachine, nodes: Iterable[Node]) -> dict[str, Job]:
    """The job definition of `mlc-prepare`, of each step and of `mlc-finish`, by their names.

    Steps that are run alike share one: what a step is called is a parameter of the job.

    Args:
        machine: the state machine that submits them.
        nodes: its steps.
    """
    ways = {node.name: _tile(machine, node) for node in nodes}
    texts = {name: json.dumps([way.queue, way.properties], sort_keys=True) for name, way in ways.items()}
    plain, _ = Counter(texts.values()).most_common(1)[0] if texts else ("", 0)
    steps = {
        name: _job(machine, TILE if texts[name] == plain else f"{TILE}{_mark(texts[name])}", way)
        for name, way in ways.items()
    }
    prepare, finish = _job(machine, "Prepare", _prepare(machine)), _job(machine, "Finish", _finish(machine))
    return {PREPARE: prepare, **steps, FINISH: finish}


def definitions(jobs: Iterable[Job]) -> dict[str, Data]:
    """The resources of the job definitions, by id.

    An earlier revision stays, so that runs under way go on with what they began with.
    """
    return {
        job.resource: {
            "Type": "AWS::Batch::JobDefinition",
            "Properties": {
                "JobDefinitionName": job.name,
                **job.properties,
                "ResourceRetentionPolicy": {"SkipDeregisterOnUpdate": True},
            },
        }
        for job in jobs
    }


@dataclass(frozen=True)
class _Way:
    """A way in which jobs are run, which has no name yet."""

    queue: str
    properties: Data
    secrets: tuple[str, ...]


def _job(machine: StateMachine, id_: str, way: _Way) -> Job:
    name = f"{machine.name}-{id_.lower()}"
    return Job(id_, machine.id + id_, name, way.queue, way.properties, way.secrets)


def _tile(machine: StateMachine, node: Node) -> _Way:
    plan, site, policy = machine.plan, machine.site, node.step.policy
    limit = deadline(plan, node, site.deadline) or site.deadline
    strategy = retry(policy.retry, spot=bool(site.pool(policy.pool).get("spot")))
    answer = ["--approved", "Ref::approved"] if node.step.op == "approve" else []
    command = [*_COMMAND, "tile", "--run", "Ref::run", "--step", "Ref::step", *answer]
    return _way(machine, policy, (command, strategy, limit), secrets_of_step(plan, site, node.step))


def _prepare(machine: StateMachine) -> _Way:
    """The first job of a run: it finds the facts that keys depend on, and reads the run's parameters in the store."""
    command = [*_COMMAND, "prepare", "--run", "Ref::run", "--given"]
    limit = machine.site.deadline
    return _way(machine, Policy(), (command, retry(), limit), secrets_of_sources(machine.plan, machine.site))


def _finish(machine: StateMachine) -> _Way:
    """The last job: it judges the run. What it finds incomplete, another look would find incomplete again."""
    command = [*_COMMAND, "finish", "--run", "Ref::run"]
    return _way(machine, Policy(), (command, retry(codes=_KILLED), _FINISH), [])


def _way(machine: StateMachine, policy: Policy, how: tuple[list[str], Data, int], secrets: Sequence[str]) -> _Way:
    (command, strategy, limit), site = how, machine.site
    ec2 = site.platform(policy.pool) == "ec2"
    known = site.data.get("secrets", {})
    found = [name for name in secrets if "aws" in known.get(name, {})]
    network = site.settings.network
    fargate = {
        "FargatePlatformConfiguration": {"PlatformVersion": "LATEST"},
        "NetworkConfiguration": {
            "AssignPublicIp": "ENABLED" if network is not None and network.public_address else "DISABLED"
        },
    }
    container = {
        "Image": site.image,
        "Command": command,
        "JobRoleArn": {"Fn::GetAtt": ["StepRole", "Arn"]},
        "ExecutionRoleArn": {"Fn::GetAtt": ["StartRole", "Arn"]},
        "Environment": _variables(machine),
        **({"Secrets": [_secret(name, known[name]["aws"]) for name in found]} if found else {}),
        "ResourceRequirements": requirements(site, policy),
        **({} if ec2 else fargate),
        **volumes(site),
        "LogConfiguration": {"LogDriver": "awslogs", "Options": {"awslogs-group": {"Ref": "Logs"}}},
    }
    properties = {
        "Type": "container",
        "PlatformCapabilities": ["EC2" if ec2 else "FARGATE"],
        "ContainerProperties": container,
        "RetryStrategy": strategy,
        "Timeout": {"AttemptDurationSeconds": max(limit, SHORTEST)},
        "PropagateTags": True,
        "Tags": tags(machine.plan, site),
    }
    return _Way(queue_id(policy.pool), properties, tuple(found))


def _variables(machine: StateMachine) -> list[Data]:
    variables = {"MLC_PLAN": machine.part.file(PLAN_FILE), "MLC_ENVIRONMENT": ENVIRONMENT_FILE}
    return [
        *({"Name": name, "Value": machine.address(file)} for name, file in variables.items()),
        {"Name": "HOME", "Value": "/tmp"},
    ]


def _secret(name: str, arn: str) -> Data:
    return {"Name": variable_name(name), "ValueFrom": arn}


def _mark(text: str) -> str:
    """A few letters and digits that other ways of running do not have."""
    return re.sub(r"^(.)", lambda first: first[1].upper(), blake2b(text.encode(), digest_size=3).hexdigest())
