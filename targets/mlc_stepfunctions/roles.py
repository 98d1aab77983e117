"""Who may do what: each role what it needs, of what is this pipeline's.

Where a resource is `*`, the Service Authorization Reference knows no resource of that action to name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mlc_containers.names import resource_name
from mlc_runtime import layout
from mlc_runtime.plan import Plan
from mlc_stepfunctions.approval import asks
from mlc_stepfunctions.environment import Site
from mlc_stepfunctions.jobs import Job
from mlc_stepfunctions.tags import tag_list

Data = dict[str, Any]

_REGISTRY = re.compile(r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[-a-z0-9]+)\.amazonaws\.com(\.cn)?/(?P<name>[^:@]+)")
_ENDING = re.compile(r"-[A-Za-z0-9]{6}$")
_VERSION = "2012-10-17"
_RULE = "rule/StepFunctionsGetEventsForBatchJobsRule"
"""The rule of EventBridge by which Step Functions hears that a job has ended; all state machines share it."""


def roles(plan: Plan, site: Site, jobs: Sequence[Job], queues: Mapping[str, Any]) -> dict[str, Data]:
    """The roles of steps, of what starts them, and of the state machine."""
    steps = role(plan, site, "ecs-tasks", [*_store(site), *_volumes(site), *_encrypted(site)])
    if site.settings.policies:
        steps["Properties"]["ManagedPolicyArns"] = list(site.settings.policies)
    start = [*_logs(), *_image(site), *_secrets(site, jobs), *_encrypted(site)]
    run = [*_submit(jobs, queues), *_objects(site), *_questions(plan, site), *_report(), *_encrypted(site)]
    return {
        "StepRole": steps,
        "StartRole": role(plan, site, "ecs-tasks", start),
        "RunRole": role(plan, site, "states", run),
    }


def server_role(plan: Plan, site: Site) -> Data:
    """The role of servers: what steps may, and what SageMaker does in its name to start them."""
    logs = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/sagemaker/Endpoints/*"
    start = [
        allow(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], logs),
        allow(["logs:DescribeLogStreams"], logs),
        *_image(site),
        *_interfaces(site),
    ]
    made = role(plan, site, "sagemaker", [*_store(site), *_encrypted(site), *start])
    if site.settings.policies:
        made["Properties"]["ManagedPolicyArns"] = list(site.settings.policies)
    return made


def _interfaces(site: Site) -> list[Data]:
    """What puts instances into a network, none of which has a resource to name."""
    actions = [
        *(f"ec2:{verb}NetworkInterface{more}" for verb in ("Create", "Delete") for more in ("", "Permission")),
        *(f"ec2:Describe{what}" for what in ("DhcpOptions", "NetworkInterfaces", "SecurityGroups", "Subnets", "Vpcs")),
    ]
    return [allow(actions, "*")] if site.settings.network is not None else []


def role(plan: Plan, site: Site, service: str, statements: list[Data]) -> Data:
    """A role that a service of AWS takes on, for this account's resources only."""
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
    }
    policy = {"Version": _VERSION, "Statement": statements}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {"Version": _VERSION, "Statement": [trust]},
            "Policies": [{"PolicyName": resource_name(plan.name), "PolicyDocument": policy}],
            "Tags": tag_list(plan, site),
        },
    }


def allow(actions: list[str], *resources: Any) -> Data:
    """A statement; everything in `${}` is the stack's."""
    named = [{"Fn::Sub": each} if isinstance(each, str) and "${" in each else each for each in resources]
    return {"Effect": "Allow", "Action": actions, "Resource": named}


def _store(site: Site) -> list[Data]:
    """All of the store, and nothing else of its bucket."""
    bucket = f"arn:${{AWS::Partition}}:s3:::{site.bucket}"
    listing = allow(["s3:ListBucket"], bucket)
    if site.prefix:
        listing["Condition"] = {"StringLike": {"s3:prefix": [f"{site.prefix}*"]}}
    objects = allow(["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"], f"{bucket}/{site.prefix}*")
    return [objects, listing]


def _volumes(site: Site) -> list[Data]:
    """The file systems that steps mount, each through its access point."""
    found = []
    for volume in site.settings.volumes.values():
        ours = "arn:${AWS::Partition}:elasticfilesystem:${AWS::Region}:${AWS::AccountId}"
        write = [] if volume.read_only else ["elasticfilesystem:ClientWrite"]
        mount = allow(["elasticfilesystem:ClientMount", *write], f"{ours}:file-system/{volume.file_system}")
        point = {"Fn::Sub": f"{ours}:access-point/{volume.access_point}"}
        mount["Condition"] = {"StringEquals": {"elasticfilesystem:AccessPointArn": point}}
        found.append(mount)
    return found


def _objects(site: Site) -> list[Data]:
    """What the state machine writes, which is what a run was given, and reads, which are counts."""
    bucket = f"arn:${{AWS::Partition}}:s3:::{site.bucket}/{site.prefix}"
    return [
        allow(["s3:PutObject"], bucket + layout.given("*")),
        allow(["s3:GetObject"], bucket + layout.tiles("*", "*")),
    ]


def _submit(jobs: Sequence[Job], queues: Mapping[str, Any]) -> list[Data]:
    """Jobs of this pipeline on its queues. Any revision: a run goes on with what it began with."""
    ours = "arn:${AWS::Partition}:batch:${AWS::Region}:${AWS::AccountId}"
    names = dict.fromkeys(f"{ours}:job-definition/{job.name}:*" for job in jobs)
    return [
        allow(["batch:SubmitJob"], *names, *queues.values()),
        allow(["batch:TerminateJob"], f"{ours}:job/*"),
        allow(["batch:DescribeJobs"], "*"),
        allow(
            ["events:PutTargets", "events:PutRule", "events:DescribeRule"],
            f"arn:${{AWS::Partition}}:events:${{AWS::Region}}:${{AWS::AccountId}}:{_RULE}",
        ),
    ]


def _questions(plan: Plan, site: Site) -> list[Data]:
    topic = site.settings.question_topic
    return [allow(["sns:Publish"], topic)] if topic and asks(plan) else []


def _report() -> list[Data]:
    """What Step Functions needs to write logs, none of which has a resource to name."""
    delivery = ("Create", "Get", "Update", "Delete", "List")
    actions = [f"logs:{verb}LogDelivery" if verb != "List" else "logs:ListLogDeliveries" for verb in delivery]
    return [allow([*actions, "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups"], "*")]


def _logs() -> list[Data]:
    return [allow(["logs:CreateLogStream", "logs:PutLogEvents"], {"Fn::GetAtt": ["Logs", "Arn"]})]


def _image(site: Site) -> list[Data]:
    """The step image, where it is in a registry of AWS; others are public, or have an account of their own."""
    found = _REGISTRY.match(site.image)
    if found is None:
        return []
    repository = f"arn:${{AWS::Partition}}:ecr:{found['region']}:{found['account']}:repository/{found['name']}"
    pull = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability"]
    return [allow(["ecr:GetAuthorizationToken"], "*"), allow(pull, repository)]


def _secrets(site: Site, jobs: Sequence[Job]) -> list[Data]:
    """The secrets that some job is handed."""
    names = sorted({name for job in jobs for name in job.secrets})
    found = [site.data["secrets"][name]["aws"] for name in names]
    parameters = [arn for arn in found if ":ssm:" in arn]
    secrets = [_whole_secret(arn) for arn in found if ":secretsmanager:" in arn]
    return [
        *([allow(["secretsmanager:GetSecretValue"], *dict.fromkeys(secrets))] if secrets else []),
        *([allow(["ssm:GetParameters"], *dict.fromkeys(parameters))] if parameters else []),
    ]


def _whole_secret(arn: str) -> str:
    """A secret without the part of it that is meant; Secrets Manager ends each name with six signs of its own."""
    whole = ":".join(arn.split(":")[:7])
    return whole if _ENDING.search(whole) else f"{whole}-??????"


def _encrypted(site: Site) -> list[Data]:
    keys = site.settings.keys
    return [allow(["kms:Decrypt", "kms:GenerateDataKey"], *keys)] if keys else []
