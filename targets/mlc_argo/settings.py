"""What `targets.argo` of an environment may say."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mlc_argo.forms import DATA_KEY, EXTENDED_RESOURCE, LABEL, LABEL_KEY, OBJECT_NAME
from mlc_compiler.expression.duration import parse_duration
from mlc_compiler.spec.environment import KubernetesSecret
from mlc_compiler.spec.shape import Shape, field
from mlc_compiler.spec.values import EMPTY_AS_NONE, Length, Name, Share, Text
from mlc_containers.settings import ContainerSettings
from mlc_containers.settings import Volume as ContainerVolume

Label = Annotated[str, Field(pattern=f"^{LABEL}$")]
LabelKey = Annotated[str, Field(pattern=f"^{LABEL_KEY}$")]
ObjectName = Annotated[str, Field(pattern=f"^{OBJECT_NAME}$")]
DataKey = Annotated[str, Field(pattern=f"^{DATA_KEY}$")]
Variable = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class Volume(ContainerVolume):
    """A claim that every step's pod mounts."""

    claim: ObjectName = field("The PersistentVolumeClaim.", example="ml-store")


class ConfigKey(Shape):
    """A key of a ConfigMap."""

    config_map: ObjectName = field("The ConfigMap.", example="quotas")
    key: DataKey = field("The key in it.", example="ml")


class Replicas(Shape):
    """How many pods answer."""

    min: Annotated[int, Field(ge=1)] = field("At least so many.", example=2, unit="pods", default=1)
    max: Annotated[int, Field(ge=1)] = field("At most so many.", example=10, unit="pods", default=3)


class Serving(Shape):
    """How online servings answer requests."""

    platform: Literal["kubernetes", "kserve", "seldon"] = field(
        "What runs them: Kubernetes itself, KServe, or Seldon Core v2.", example="kserve", default="kubernetes"
    )
    replicas: Replicas = field("How many pods answer.", example={"min": 2, "max": 10}, default=Replicas())
    busy: Share = field(
        "The share of their CPUs that pods use before there are more of them.", example="60%", default=0.7
    )
    canary: Share | None = field(
        "The share of requests that the candidate answers, the version registered last; the live one answers the rest.",
        example="10%",
        default=None,
    )


class Settings(ContainerSettings):
    """How a pipeline lives in a cluster that runs Argo Workflows."""

    namespace: Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")] | None = field(
        "The namespace; the one that `kubectl` is set to where it is left out.", example="ml", default=None
    )
    service_account: ObjectName | None = field(
        "The service account of steps, which is there already; one without rights is made where it is left out.",
        example="ml-steps",
        default=None,
    )
    service_account_annotations: dict[LabelKey, Text] = field(
        "Annotations of the service account that is made, as clouds read them for a role.",
        example={"eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/ml"},
        default={},
    )
    owner: Text | None = field("Who answers for the pipeline.", example="team-churn@acme.example", default=None)
    labels: dict[LabelKey, Label] = field("Labels of every object and pod.", example={"team": "churn"}, default={})
    annotations: dict[LabelKey, Text] = field(
        "Annotations of the workflow template.", example={"acme.example/runbook": "https://wiki"}, default={}
    )
    image_pull_secrets: Annotated[tuple[ObjectName, ...], Field(strict=False)] = field(
        "Secrets with which images are pulled.", example=["registry"], default=()
    )
    volumes: Annotated[dict[Name, Volume], EMPTY_AS_NONE] = field(
        "Claims that every step's pod mounts.", example={"store": {"claim": "ml-store", "path": "/store"}}, default={}
    )
    variables: Annotated[dict[Variable, KubernetesSecret], EMPTY_AS_NONE] = field(
        "Environment variables of every step, from secrets; for the store's credentials, say.",
        example={"AWS_ACCESS_KEY_ID": {"secret": "store", "key": "id"}},
        default={},
    )
    gpu_resource: Annotated[str, Field(pattern=f"^{EXTENDED_RESOURCE}$")] = field(
        "What a GPU is called.", example="amd.com/gpu", default="nvidia.com/gpu"
    )
    priority_classes: dict[Text, ObjectName] = field(
        "The PriorityClass of each priority of a pool.", example={"10": "urgent"}, default={}
    )
    keep_succeeded: Length = field(
        "How long a run that succeeded is shown.", example="1d", default=parse_duration("3d")
    )
    keep_failed: Length = field("How long a run that failed is shown.", example="14d", default=parse_duration("14d"))
    keep_pods: Length = field("How long a pod that ended is kept.", example="10m", default=parse_duration("10m"))
    nodes: Annotated[int, Field(ge=50, le=5000)] = field(
        "How many nodes one workflow may have: steps are cut into fewer tiles, then divided among children.",
        example=2000,
        unit="nodes",
        default=800,
    )
    serving: Serving = field("How online servings answer.", example={"platform": "kserve"}, default=Serving())
    mutex: ObjectName | None = field("Runs that name the same mutex wait for each other.", example="ml", default=None)
    semaphore: ConfigKey | None = field(
        "Runs that name the same semaphore share its number of places.",
        example={"config_map": "quotas", "key": "ml"},
        default=None,
    )
    archive_logs: bool = field("Pods' logs go to Argo's artifact repository.", example=True, default=False)
    artifact_repository: ConfigKey | None = field(
        "Argo's artifact repository; its default one where it is left out.",
        example={"config_map": "artifact-repositories", "key": "ml"},
        default=None,
    )
