"""Queues and the machines behind them: those that the environment names, or ones that are made."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mlc_runtime.plan import Plan
from mlc_stepfunctions.environment import Site
from mlc_stepfunctions.names import alphanumeric
from mlc_stepfunctions.settings import Network
from mlc_stepfunctions.tags import tags

Data = dict[str, Any]


def queue_id(pool: str | None) -> str:
    """What the stack calls the queue of a pool, or of what names no pool."""
    return f"{_id(pool)}Queue"


def queues(site: Site, pools: Iterable[str | None]) -> dict[str, Any]:
    """The ARN of the queue of each pool, by what the stack calls it."""
    named = {pool: _named(site, pool) for pool in pools}
    return {queue_id(pool): arn or {"Ref": queue_id(pool)} for pool, arn in named.items()}


def machines(plan: Plan, site: Site, pools: Iterable[str | None]) -> dict[str, Data]:
    """The resources that are made for pools without a queue of the environment's."""
    network = site.settings.network
    made = [pool for pool in pools if not _named(site, pool)]
    if network is None or not made:
        return {}
    resources: dict[str, Data] = {}
    for pool in made:
        environment = f"{_id(pool)}Machines"
        resources[environment] = _environment(plan, site, network, pool)
        resources[queue_id(pool)] = {
            "Type": "AWS::Batch::JobQueue",
            "Properties": {
                "Priority": max(1, site.pool(pool).get("priority", 1)),
                "ComputeEnvironmentOrder": [{"Order": 1, "ComputeEnvironment": {"Ref": environment}}],
                "Tags": tags(plan, site),
            },
        }
    if any(site.platform(pool) == "ec2" for pool in made):
        resources |= _instance()
    return resources


def _environment(plan: Plan, site: Site, network: Network, pool: str | None) -> Data:
    ec2, spot = site.platform(pool) == "ec2", bool(site.pool(pool).get("spot"))
    of_ec2 = {
        "MinvCpus": 0,
        "InstanceTypes": list(network.instance_types),
        "InstanceRole": {"Fn::GetAtt": ["InstanceProfile", "Arn"]},
        "AllocationStrategy": "SPOT_PRICE_CAPACITY_OPTIMIZED" if spot else "BEST_FIT_PROGRESSIVE",
    }
    kind = ("SPOT" if spot else "EC2") if ec2 else ("FARGATE_SPOT" if spot else "FARGATE")
    return {
        "Type": "AWS::Batch::ComputeEnvironment",
        "Properties": {
            "Type": "MANAGED",
            "ComputeResources": {
                "Type": kind,
                "MaxvCpus": network.most_cpus,
                "Subnets": list(network.subnets),
                "SecurityGroupIds": list(network.security_groups),
                **(of_ec2 if ec2 else {}),
            },
            "ReplaceComputeEnvironment": False,
            "Tags": tags(plan, site),
        },
    }


def _instance() -> dict[str, Data]:
    """The role of EC2's machines, which AWS's own policy gives what the agent of containers needs."""
    policy = "arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role"
    return {
        "InstanceRole": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
                    ],
                },
                "ManagedPolicyArns": [{"Fn::Sub": policy}],
            },
        },
        "InstanceProfile": {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": [{"Ref": "InstanceRole"}]}},
    }


def _named(site: Site, pool: str | None) -> str | None:
    queue = site.settings.queue if pool is None else site.settings.queues.get(pool)
    return None if queue is None else queue.arn


def _id(pool: str | None) -> str:
    """A pool's name as a part of an id."""
    if pool is None:
        return "Default"
    return f"Pool{alphanumeric(pool)}"
