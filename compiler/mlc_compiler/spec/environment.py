"""The environment: where a pipeline runs. Another document, another author; it refers to secrets, and holds none."""

from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field, JsonValue
from pydantic_core import PydanticCustomError

from mlc_compiler.spec.call import Resources, Retry
from mlc_compiler.spec.shape import Form, Shape, ShortShape, field
from mlc_compiler.spec.values import EMPTY_AS_NONE, Length, Memory, Name, SecretName, Text


class StorePlace(ShortShape):
    """Where artifacts live: a folder, or a prefix of an object store."""

    SHORT: ClassVar[str] = "path"

    path: Text = field("A folder, or `s3://bucket/prefix`.", example="s3://acme-ml/churn")
    endpoint: Text | None = field(
        "The object store's address, where it is not AWS.", example="https://minio.acme.example", default=None
    )
    region: Text | None = field("The object store's region.", example="eu-central-1", default=None)


class _Connection(Shape):
    fingerprint: Text | None = field(
        "A query with one value that changes whenever a table does.",
        example="select max(updated_at) from public.orders",
        default=None,
    )


class Folder(_Connection):
    """A folder of Parquet, CSV or JSON files, one for each table."""

    type: Literal["folder"] = field("A folder.", example="folder")
    path: Text = field("The folder, relative to the environment's file.", example="data")


class DuckDB(_Connection):
    """A DuckDB database."""

    type: Literal["duckdb"] = field("A DuckDB database.", example="duckdb")
    path: Text = field("The database file, relative to the environment's file.", example="warehouse.duckdb")


class S3(_Connection):
    """Objects of a bucket, read as tables."""

    type: Literal["s3"] = field("An object store.", example="s3")
    bucket: Text = field("The bucket.", example="acme-lake")
    prefix: Text | None = field("What all names begin with.", example="curated/", default=None)
    region: Text | None = field("Its region.", example="eu-central-1", default=None)
    endpoint: Text | None = field(
        "Its address, where it is not AWS.", example="https://minio.acme.example", default=None
    )
    access_key: SecretName | None = field(
        "The secret with the access key's id; the machine's own identity where it is left out.",
        example="lake_key",
        default=None,
    )
    secret_key: SecretName | None = field("The secret with the access key.", example="lake_secret", default=None)


class _Server(_Connection):
    host: Text = field("The server.", example="db.acme.example")
    port: Annotated[int, Field(ge=1, le=65535)] | None = field(
        "Its port; the usual one where it is left out.", example=5432, default=None
    )
    database: Text = field("The database.", example="shop")
    user: Text | None = field("The user.", example="mlc", default=None)
    password: SecretName | None = field("The secret with the password.", example="shop_password", default=None)


class Postgres(_Server):
    """A PostgreSQL server."""

    type: Literal["postgres"] = field("A PostgreSQL server.", example="postgres")


class MySQL(_Server):
    """A MySQL or MariaDB server."""

    type: Literal["mysql"] = field("A MySQL or MariaDB server.", example="mysql")


class Redshift(_Server):
    """An Amazon Redshift cluster."""

    type: Literal["redshift"] = field("An Amazon Redshift cluster.", example="redshift")


class Snowflake(_Connection):
    """A Snowflake account."""

    type: Literal["snowflake"] = field("A Snowflake account.", example="snowflake")
    account: Text = field("The account.", example="acme-eu1")
    user: Text = field("The user.", example="MLC")
    password: SecretName | None = field("The secret with the password or token.", example="snow_password", default=None)
    private_key: SecretName | None = field("The secret with the private key.", example="snow_key", default=None)
    warehouse: Text | None = field("The virtual warehouse.", example="ML_WH", default=None)
    role: Text | None = field("The role.", example="ML_READER", default=None)
    database: Text | None = field("The database.", example="SHOP", default=None)
    schema_: Text | None = field("The schema.", example="PUBLIC", default=None)


Connection = Annotated[
    Folder | DuckDB | S3 | Postgres | MySQL | Snowflake | Redshift,
    Field(discriminator="type"),
]


class KubernetesSecret(Shape):
    """A key of a Kubernetes secret."""

    secret: Text = field("The secret's name.", example="warehouse")
    key: Text = field("The key in it.", example="password")


class Secret(Shape):
    """Where a secret is found when a step needs it."""

    FORMS: ClassVar[tuple[Form, ...]] = (Form("env"), Form("kubernetes"), Form("aws"))

    env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = field(
        "An environment variable.", example="SHOP_PASSWORD", default=None
    )
    kubernetes: KubernetesSecret | None = field(
        "A key of a Kubernetes secret.", example={"secret": "warehouse", "key": "password"}, default=None
    )
    aws: Annotated[str, Field(pattern=r"^arn:")] | None = field(
        "A secret of AWS Secrets Manager, by its ARN.",
        example="arn:aws:secretsmanager:eu-central-1:123456789012:secret:shop",
        default=None,
    )


def _is_reference(value: object) -> object:
    """What stands here instead may be the secret itself, so a message never repeats it."""
    if isinstance(value, dict | Secret):
        return value
    raise PydanticCustomError("MLC702", "where the secret is found is expected here", {})


class Toleration(Shape):
    """A taint that tasks of a pool put up with."""

    key: Text | None = field("The taint's key.", example="nvidia.com/gpu", default=None)
    operator: Literal["Exists", "Equal"] = field("How it is compared.", example="Exists", default="Equal")
    value: Text | None = field("The taint's value.", example="true", default=None)
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = field(
        "The taint's effect.", example="NoSchedule", default=None
    )


class Pool(Shape):
    """A kind of machine."""

    cpu: Annotated[float, Field(gt=0, le=100_000)] | None = field(
        "CPUs of a machine.", example=16, unit="cores", default=None
    )
    memory: Memory | None = field(
        "Main memory of a machine.", example="64Gi", unit="bytes, with Ki, Mi, Gi or Ti", default=None
    )
    gpu: Annotated[int, Field(ge=0)] = field("GPUs of a machine.", example=1, unit="devices", default=0)
    spot: bool = field("The machine may be taken away at any time.", example=True, default=False)
    labels: dict[Text, Text] = field("Labels that the machine must have.", example={"disk": "ssd"}, default={})
    tolerations: Annotated[tuple[Toleration, ...], Field(strict=False)] = field(
        "Taints that are put up with.", example=[{"key": "nvidia.com/gpu", "operator": "Exists"}], default=()
    )
    priority: int | None = field("Greater goes first.", example=10, default=None)


class Override(Shape):
    """What is different for one step in this environment."""

    resources: Resources | None = field("What one task needs.", example={"memory": "16Gi"}, default=None)
    retry: Retry | None = field("How often a failed task is tried again.", example=5, default=None)
    timeout: Length | None = field("How long one task may take.", example="2h", default=None)
    takes: Length | None = field(
        "What one fit of the training, one call of the step or one scoring of the serving takes here. Tiles and "
        "fusion decide by it, where no `--profile` says what an earlier run measured.",
        example="20ms",
        default=None,
    )


class Environment(Shape):
    """Where pipelines run: connections, artifact store, image, machines, targets."""

    store: StorePlace | None = field(
        "Where artifacts live; a folder beside the spec where it is left out.",
        example="s3://acme-ml/churn",
        default=None,
    )
    connections: Annotated[dict[Name, Connection], EMPTY_AS_NONE] = field(
        "What a source's `connection` means here.",
        example={"warehouse": {"type": "folder", "path": "data"}},
        default={},
    )
    secrets: Annotated[dict[Name, Annotated[Secret, BeforeValidator(_is_reference)]], EMPTY_AS_NONE] = field(
        "Where secrets are found; never the secrets themselves.",
        example={"shop_password": {"env": "SHOP_PASSWORD"}},
        default={},
    )
    image: Text | None = field(
        "The image in which steps run; its digest pins it.", example="ghcr.io/acme/ml@sha256:9f2c", default=None
    )
    pools: Annotated[dict[Name, Pool], EMPTY_AS_NONE] = field(
        "Kinds of machines, which `resources.pool` names.", example={"gpu": {"gpu": 1, "spot": True}}, default={}
    )
    parallelism: Annotated[int, Field(ge=1)] | None = field(
        "How many tasks run at once.", example=200, unit="tasks", default=None
    )
    overrides: Annotated[dict[Text, Override], EMPTY_AS_NONE] = field(
        "What is different for a step in this environment.",
        example={"late": {"resources": {"memory": "16Gi"}}},
        default={},
    )
    targets: Annotated[dict[Text, dict[Text, JsonValue]], EMPTY_AS_NONE] = field(
        "Settings of targets, each typed by the target itself.", example={"argo": {"namespace": "ml"}}, default={}
    )
