"""The job definitions: one for each way in which steps are run, for `mlc-prepare` and for `mlc-finish`."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any

from mlc_containers.configuration import PLAN_FILE, configuration_digest
from mlc_containers.deadline import deadline
from mlc_containers.layout import FINISH, PREPARE, Node
from mlc_containers.names import resource_name
from mlc_containers.secrets import secrets_of_sources, secrets_of_step, variable_name
from mlc_runtime.plan import ENVIRONMENT_FILE, Plan, Policy
from mlc_stepfunctions.amounts import requirements
from mlc_stepfunctions.compute import queue_id
from mlc_stepfunctions.environment import Site
from mlc_stepfunctions.retry import retry
from mlc_stepfunctions.tags import tags

Data = dict[str, Any]

TILE = "Tile"
_KILLED = (137, 143)
_COMMAND = ["python", "-m", "mlc_runtime"]
_SHORTEST = 60
"""Seconds of an attempt: AWS Batch API Reference, JobTimeout."""
_FINISH = 3600
"""Seconds that judging a run may take."""


@dataclass(frozen=True)
class Job:
    """A job definition.

    Attributes:
        id: what the stack calls it.
        queue: what the stack calls the queue that it is for.
        properties: as CloudFormation has them, but for its name.
        secrets: the names of the secrets that it is handed.
    """

    id: str
    queue: str
    properties: Data
    secrets: tuple[str, ...] = ()


def jobs_of(plan: Plan, site: Site, nodes: Sequence[Node]) -> dict[str, Job]:
    """The job definition of `mlc-prepare`, of each step and of `mlc-finish`, by their names.

    Steps that are run alike share one: what a step is called is a parameter of the job.
    """
    found = {node.name: _tile(plan, site, node) for node in nodes}
    texts = {name: json.dumps([job.queue, job.properties], sort_keys=True) for name, job in found.items()}
    plain, _ = Counter(texts.values()).most_common(1)[0] if texts else ("", 0)
    steps = {
        name: replace(job, id=TILE if texts[name] == plain else f"{TILE}{_mark(texts[name])}")
        for name, job in found.items()
    }
    return {PREPARE: _prepare(plan, site), **steps, FINISH: _finish(plan, site)}


def definitions(plan: Plan, jobs: Mapping[str, Job]) -> dict[str, Data]:
    """The resources of the job definitions, by id.

    An earlier revision stays, so that runs under way go on with what they began with.
    """
    return {
        job.id: {
            "Type": "AWS::Batch::JobDefinition",
            "Properties": {
                "JobDefinitionName": definition_name(plan, job),
                **job.properties,
                "ResourceRetentionPolicy": {"SkipDeregisterOnUpdate": True},
            },
        }
        for job in jobs.values()
    }


def definition_name(plan: Plan, job: Job) -> str:
    """What AWS Batch calls a job definition."""
    return f"{resource_name(plan.name)}-{job.id.lower()}"


def configuration_prefix(plan: Plan, site: Site) -> str:
    """What the keys begin with of the files that the runtime reads; another plan or environment changes it."""
    return f"{site.prefix}plan/{resource_name(plan.name)}/{configuration_digest(plan, site)}/"


def _tile(plan: Plan, site: Site, node: Node) -> Job:
    policy = node.step.policy
    most = site.settings.deadline.micros // 1_000_000
    limit = deadline(plan, node, most) or most
    strategy = retry(policy.retry, spot=bool(site.pool(policy.pool).get("spot")))
    command = [*_COMMAND, "tile", "--run", "Ref::run", "--step", "Ref::step"]
    return _job(plan, site, TILE, policy, (command, strategy, limit), secrets_of_step(plan, site, node.step))


def _prepare(plan: Plan, site: Site) -> Job:
    """The first job of a run: it finds the facts that keys depend on, and reads the run's parameters in the store."""
    command = [*_COMMAND, "prepare", "--run", "Ref::run", "--given"]
    most = site.settings.deadline.micros // 1_000_000
    return _job(plan, site, "Prepare", Policy(), (command, retry(), most), secrets_of_sources(plan, site))


def _finish(plan: Plan, site: Site) -> Job:
    """The last job: it judges the run. What it finds incomplete, another look would find incomplete again."""
    command = [*_COMMAND, "finish", "--run", "Ref::run"]
    return _job(plan, site, "Finish", Policy(), (command, retry(codes=_KILLED), _FINISH), [])


def _job(
    plan: Plan, site: Site, name: str, policy: Policy, how: tuple[list[str], Data, int], secrets: Sequence[str]
) -> Job:
    command, strategy, limit = how
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
        "Environment": _variables(plan, site),
        **({"Secrets": [_secret(name, known[name]["aws"]) for name in found]} if found else {}),
        "ResourceRequirements": requirements(site, policy),
        **({} if ec2 else fargate),
        "LogConfiguration": {"LogDriver": "awslogs", "Options": {"awslogs-group": {"Ref": "Logs"}}},
    }
    properties = {
        "Type": "container",
        "PlatformCapabilities": ["EC2" if ec2 else "FARGATE"],
        "ContainerProperties": container,
        "RetryStrategy": strategy,
        "Timeout": {"AttemptDurationSeconds": max(limit, _SHORTEST)},
        "PropagateTags": True,
        "Tags": tags(plan, site),
    }
    return Job(name, queue_id(policy.pool), properties, tuple(found))


def _variables(plan: Plan, site: Site) -> list[Data]:
    folder = f"s3://{site.bucket}/{configuration_prefix(plan, site)}"
    variables = {"MLC_PLAN": PLAN_FILE, "MLC_ENVIRONMENT": ENVIRONMENT_FILE}
    return [
        *({"Name": name, "Value": folder + file} for name, file in variables.items()),
        {"Name": "HOME", "Value": "/tmp"},
    ]


def _secret(name: str, arn: str) -> Data:
    return {"Name": variable_name(name), "ValueFrom": arn}


def _mark(text: str) -> str:
    """A few letters and digits that other ways of running do not have."""
    return re.sub(r"^(.)", lambda first: first[1].upper(), blake2b(text.encode(), digest_size=3).hexdigest())
