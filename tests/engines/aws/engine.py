"""AWS on this machine: one process that speaks for its services, interprets state machines and runs Batch jobs.

It listens on the loopback interface only, lives in one folder and ends with the process that started it.
`python -m tests.engines.aws.engine` brings it up and keeps it until it is interrupted.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
import urllib3
from tests.engines.aws import validator
from tests.engines.image import ROOT
from tests.engines.machine import check_machine
from tests.engines.sandbox import Image
from tests.engines.services import Service, free_ports, start

REGION = "us-east-1"
ACCOUNT = "123456789012"
SHELL = "mlc/shell:1"
SLOTS = 4
HURRIED = "hurried"
"""A queue on which a second is a minute of a job's time limit."""


@dataclass(frozen=True)
class Engine:
    """A running engine.

    Attributes:
        endpoint: of all its services.
        service: the process.
    """

    endpoint: str
    service: Service

    @cached_property
    def session(self) -> boto3.session.Session:
        """The session of its owner."""
        return boto3.session.Session("owner", "secret", region_name=REGION)

    def client(self, service: str) -> Any:
        """A client of its owner."""
        return self.session.client(service, endpoint_url=self.endpoint)

    def open(self, door: str, **given: Any) -> Any:
        """Open a door of the engine: what AWS does by itself."""
        body = {"account": ACCOUNT, "region": REGION, **given}
        answer = urllib3.request("POST", f"{self.endpoint}/doors/{door}", json=body, retries=False, timeout=30)
        assert answer.status == 200, answer.data.decode(errors="replace")
        return answer.json()

    def environment(self) -> dict[str, str]:
        """The variables from which boto3 knows the owner and the engine."""
        return cloud(self.endpoint)


def cloud(endpoint: str) -> dict[str, str]:
    """The variables from which boto3 knows where it is and who it works for."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "owner",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
    }


@contextmanager
def engine(images: Mapping[str, Image], folders: Mapping[str, Path] | None = None) -> Iterator[Engine]:
    """Run the engine in a temporary folder.

    Args:
        images: what stands for each image, besides `SHELL`, which is this machine as it is.
        folders: what stands for each access point of Amazon EFS.

    Raises:
        UnfitMachineError: this machine has no root, `unshare` or overlay mounts for us.
        NodeMissingError: there is no Node, which validators of state machines run on.
    """
    check_machine()
    validator.install()
    with tempfile.TemporaryDirectory(prefix="mlc-aws-", ignore_cleanup_errors=True) as temporary:
        folder, [port] = Path(temporary), free_ports(1)
        endpoint = f"http://127.0.0.1:{port}"
        config = {
            "port": port,
            "folder": str(folder / "jobs"),
            "images": {name: asdict(image) for name, image in {SHELL: Image(), **images}.items()},
            "folders": {point: str(place) for point, place in (folders or {}).items()},
            "cloud": cloud(endpoint),
            "slots": SLOTS,
            "pace": {HURRIED: 60.0},
            "grace": 3.0,
        }
        (folder / "jobs").mkdir()
        (folder / "config.json").write_text(json.dumps(config))
        # A namespace of its own: no job outlives the engine.
        namespaces = [
            "unshare",
            "--mount",
            "--propagation",
            "private",
            "--pid",
            "--mount-proc",
            "--fork",
            "--kill-child",
        ]
        argv = [*namespaces, sys.executable, "-m", "tests.engines.aws.server", folder / "config.json"]
        service = start("aws", argv, folder / "aws.log", {**os.environ, "PYTHONPATH": str(ROOT)})
        try:
            service.wait_until(lambda: _answers(endpoint), 180)
            yield Engine(endpoint, service)
        finally:
            service.stop()


def _answers(endpoint: str) -> bool:
    try:
        return urllib3.request("GET", f"{endpoint}/moto-api/", retries=False, timeout=5).status == 200
    except urllib3.exceptions.HTTPError:
        return False


def main() -> None:
    """Bring the engine up and keep it."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    began = time.monotonic()
    with contextlib.suppress(KeyboardInterrupt), engine({}) as running:
        print(f"ready after {time.monotonic() - began:.1f} s; its log is {running.service.log}; interrupt to stop")
        print("\n".join(f"export {name}={value}" for name, value in running.environment().items()), flush=True)
        signal.pause()


if __name__ == "__main__":
    main()
