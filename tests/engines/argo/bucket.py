"""A server that speaks S3's protocol: MinIO, with one bucket."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import urllib3
from tests.engines.argo import binaries
from tests.engines.argo.api import Document
from tests.engines.services import command_line, free_ports, start

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BUCKET = "artifacts"


@dataclass(frozen=True)
class Server:
    """A running server and its owner's credentials."""

    endpoint: str
    key: str
    secret: str

    def client(self) -> S3Client:
        """A client of its owner."""
        import boto3

        session = boto3.session.Session(self.key, self.secret, region_name="us-east-1")
        return session.client("s3", endpoint_url=self.endpoint)

    def environment(self) -> dict[str, str]:
        """The variables from which boto3 knows the owner."""
        return {"AWS_ACCESS_KEY_ID": self.key, "AWS_SECRET_ACCESS_KEY": self.secret, "AWS_DEFAULT_REGION": "us-east-1"}


@contextmanager
def server() -> Iterator[Server]:
    """Run the server in a temporary folder, on the loopback interface."""
    with TemporaryDirectory(prefix="mlc-s3-") as temporary:
        folder, (port, console) = Path(temporary), free_ports(2)
        running = Server(f"http://127.0.0.1:{port}", secrets.token_hex(8), secrets.token_hex(16))
        env = {"MINIO_ROOT_USER": running.key, "MINIO_ROOT_PASSWORD": running.secret, "HOME": str(folder)}
        quiet = {"MINIO_BROWSER": "off", "MINIO_UPDATE": "off"}
        options = {"address": f"127.0.0.1:{port}", "console-address": f"127.0.0.1:{console}"}
        program, *flags = command_line(binaries.folder("minio") / "minio", options)
        argv = [program, "server", *flags, folder / "data"]
        service = start("minio", argv, folder / "minio.log", {**os.environ, **env, **quiet})
        try:
            service.wait_until(lambda: _ready(running.endpoint), 60)
            running.client().create_bucket(Bucket=BUCKET)
            yield running
        finally:
            service.stop()


def artifact_repository(server: Server, secret: str) -> Document:
    """The bucket as Argo's artifact repository `bucket`: logs are at `logs/WORKFLOW/POD/`.

    Args:
        server: of the bucket.
        secret: the Kubernetes secret with its owner's credentials.
    """
    place = {
        "endpoint": urlsplit(server.endpoint).netloc,
        "bucket": BUCKET,
        "insecure": True,
        "accessKeySecret": {"name": secret, "key": "id"},
        "secretKeySecret": {"name": secret, "key": "key"},
        "keyFormat": "logs/{{workflow.name}}/{{pod.name}}",
    }
    data = {"bucket": json.dumps({"s3": place})}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "artifact-repositories"}, "data": data}


def _ready(endpoint: str) -> bool:
    try:
        return urllib3.request("GET", f"{endpoint}/minio/health/ready", retries=False, timeout=2).status == 200
    except urllib3.exceptions.HTTPError:
        return False
