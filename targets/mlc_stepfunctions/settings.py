"""What `targets.stepfunctions` of an environment may say."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mlc_compiler.spec.shape import Shape, ShortShape, field
from mlc_compiler.spec.values import EMPTY_AS_NONE, Name, Share
from mlc_containers.settings import ContainerSettings
from mlc_containers.settings import Volume as ContainerVolume
from mlc_stepfunctions.forms import (
    ACCESS_POINT,
    FILE_SYSTEM,
    GROUP,
    INSTANCE,
    KEY,
    MODEL_INSTANCE,
    POLICY,
    QUEUE,
    REGION,
    SUBNET,
    TAG,
    TAG_KEY,
    TOPIC,
)

Platform = Literal["fargate", "ec2"]
QueueArn = Annotated[str, Field(pattern=f"^{QUEUE}$")]
Tag = Annotated[str, Field(pattern=f"^{TAG}$", max_length=256)]
TagKey = Annotated[str, Field(pattern=f"^{TAG_KEY}$", max_length=128)]


class Queue(ShortShape):
    """A job queue that is there already."""

    SHORT: ClassVar[str] = "arn"

    arn: QueueArn = field("The queue.", example="arn:aws:batch:eu-central-1:123456789012:job-queue/ml")
    platform: Platform = field("What its machines are.", example="ec2", default="fargate")

    @property
    def region(self) -> str:
        """Where it is."""
        return self.arn.split(":")[3]


class Network(Shape):
    """Where machines are, of which queues are made."""

    subnets: Annotated[tuple[Annotated[str, Field(pattern=f"^{SUBNET}$")], ...], Field(strict=False, min_length=1)] = (
        field("Their subnets.", example=["subnet-0a1b2c3d"])
    )
    security_groups: Annotated[
        tuple[Annotated[str, Field(pattern=f"^{GROUP}$")], ...], Field(strict=False, min_length=1)
    ] = field("Their security groups.", example=["sg-0a1b2c3d"])
    platform: Platform = field(
        "What they are; pools with GPUs are of EC2 in any case.", example="ec2", default="fargate"
    )
    most_cpus: Annotated[int, Field(ge=1)] = field(
        "How many CPUs run at once, for each queue that is made.", example=512, unit="cores", default=256
    )
    instance_types: Annotated[
        tuple[Annotated[str, Field(pattern=f"^{INSTANCE}$")], ...], Field(strict=False, min_length=1)
    ] = field("The types of EC2's machines.", example=["m7i", "g5.xlarge"], default=("optimal",))
    public_address: bool = field(
        "Machines of Fargate have a public address, where the subnets have no other way out.",
        example=True,
        default=False,
    )


class Serving(Shape):
    """How online servings answer requests: each is an endpoint of SageMaker."""

    instance_type: Annotated[str, Field(pattern=f"^{MODEL_INSTANCE}$")] = field(
        "The type of its instances.", example="ml.m7i.large"
    )
    instances: Annotated[int, Field(ge=1)] = field(
        "How many instances answer, of each version.", example=2, unit="instances", default=1
    )
    canary: Share | None = field(
        "The share of requests that the candidate answers, the version registered last; the live one answers the rest.",
        example="10%",
        default=None,
    )


class Volume(ContainerVolume):
    """A folder of Amazon EFS that every step's job mounts, by an access point that says who its files belong to."""

    file_system: Annotated[str, Field(pattern=f"^{FILE_SYSTEM}$")] = field(
        "The file system.", example="fs-0a1b2c3d4e5f60718"
    )
    access_point: Annotated[str, Field(pattern=f"^{ACCESS_POINT}$")] = field(
        "Its access point.", example="fsap-0a1b2c3d4e5f60718"
    )


class Settings(ContainerSettings):
    """How a pipeline lives in an account of AWS."""

    region: Annotated[str, Field(pattern=f"^{REGION}$")] | None = field(
        "The region; the one that boto3 is set to where it is left out.", example="eu-central-1", default=None
    )
    queue: Queue | None = field(
        "The job queue of what names no pool; one is made in `network` where it is left out.",
        example="arn:aws:batch:eu-central-1:123456789012:job-queue/ml",
        default=None,
    )
    queues: Annotated[dict[Name, Queue], EMPTY_AS_NONE] = field(
        "The job queue of each pool; others are made in `network`.",
        example={"gpu": {"arn": "arn:aws:batch:eu-central-1:123456789012:job-queue/gpu", "platform": "ec2"}},
        default={},
    )
    network: Network | None = field(
        "Where queues and compute environments are made.",
        example={"subnets": ["subnet-0a1b2c3d"], "security_groups": ["sg-0a1b2c3d"]},
        default=None,
    )
    serving: Serving | None = field(
        "How online servings answer, once a model is live: an endpoint without one does not come up. They are left out "
        "where this is.",
        example={"instance_type": "ml.m7i.large"},
        default=None,
    )
    volumes: Annotated[dict[Name, Volume], EMPTY_AS_NONE] = field(
        "Folders of Amazon EFS that every step's job mounts, for what is written beside the store.",
        example={
            "predictions": {
                "path": "predictions",
                "file_system": "fs-0a1b2c3d4e5f60718",
                "access_point": "fsap-0a1b2c3d4e5f60718",
            }
        },
        default={},
    )
    jobs: Annotated[int, Field(ge=20, le=10_000)] = field(
        "How many jobs one run may start; steps are cut into fewer tiles to stay below.",
        example=2000,
        unit="jobs",
        default=400,
    )
    tags: Annotated[dict[TagKey, Tag], Field(max_length=49)] = field(
        "Tags of all that is made.", example={"team": "churn"}, default={}
    )
    alarm_topic: Annotated[str, Field(pattern=f"^{TOPIC}$")] | None = field(
        "The SNS topic that hears of runs that failed.",
        example="arn:aws:sns:eu-central-1:123456789012:on-call",
        default=None,
    )
    question_topic: Annotated[str, Field(pattern=f"^{TOPIC}$")] | None = field(
        "The SNS topic that hears of steps which ask a person, and how to answer.",
        example="arn:aws:sns:eu-central-1:123456789012:ml-leads",
        default=None,
    )
    policies: Annotated[
        tuple[Annotated[str, Field(pattern=f"^{POLICY}$")], ...], Field(strict=False, max_length=10)
    ] = field(
        "Managed policies of the role of steps, for what they read beside the store.",
        example=["arn:aws:iam::123456789012:policy/read-lake"],
        default=(),
    )
    keys: Annotated[tuple[Annotated[str, Field(pattern=f"^{KEY}$")], ...], Field(strict=False)] = field(
        "Keys of KMS with which the store and secrets are encrypted.",
        example=["arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d"],
        default=(),
    )
    keep_logs: Literal[
        1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
    ] = field("How long logs are kept.", example=90, unit="days", default=30)
