"""Argo Workflows on this machine: etcd, Kubernetes' own programs, Argo's controller, and a kubelet that runs processes.

All of it listens on the loopback interface only, lives in one folder and ends with the process that started it.
`python -m tests.engines.argo.engine` brings it up and keeps it until it is interrupted.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.engines.argo import binaries
from tests.engines.argo.api import Api, ApiError, Document, read_documents
from tests.engines.argo.cluster import Cluster, start_cluster
from tests.engines.machine import check_machine
from tests.engines.sandbox import Image
from tests.engines.services import Service, command_line, free_ports, start

ROOT = Path(__file__).parents[3]
OBJECTS = Path(__file__).parent / "objects"
NAMESPACE = "argo"
EXECUTOR = "argoexec:local"
SHELL = "mlc/shell:1"


@dataclass
class Engine:
    """A running engine.

    Attributes:
        folder: Everything that it writes; the logs are `NAME.log`.
        services: The running programs by name.
    """

    folder: Path
    cluster: Cluster
    services: dict[str, Service] = field(default_factory=dict)

    @property
    def api(self) -> Api:
        """The API server, as its administrator."""
        return self.cluster.api

    @property
    def kubeconfig(self) -> Path:
        """The file for `kubectl` and the kubernetes package."""
        return self.folder / "kubeconfig"

    def logs(self) -> str:
        """The end of each program's log."""
        return "\n".join(f"== {service.name}\n{service.tail()}" for service in self.services.values())

    def files_of(self, pod: Document) -> list[Path]:
        """The files that a pod has at the moment; only the kubelet's processes see where they are."""
        seen = Path(f"/proc/{self.services['kubelet'].process.pid}/root{self.folder}/pods")
        below = seen / pod["metadata"]["namespace"] / pod["metadata"]["name"]
        return [path for path in below.rglob("*") if path.is_file()]

    def start_controller(self) -> None:
        """Start Argo's controller (again)."""
        program = binaries.folder("argo") / "workflow-controller"
        options = {
            "kubeconfig": self.folder / "controller.kubeconfig",
            "namespace": NAMESPACE,
            "executor-image": EXECUTOR,
            "executor-image-pull-policy": "Never",
            "qps": 200,
            "burst": 400,
        }
        quick = {"DEFAULT_REQUEUE_TIME": "200ms", "CRON_SYNC_PERIOD": "1s"}
        env = {**os.environ, **quick, "LEADER_ELECTION_DISABLE": "true"}
        argv = command_line(program, options)
        self.services["controller"] = start("controller", argv, self.folder / "controller.log", env)

    def kill_controller(self) -> None:
        """End Argo's controller at once, as a lost node does."""
        self.services.pop("controller").stop()


@contextmanager
def engine(images: Mapping[str, Image]) -> Iterator[Engine]:
    """Run the engine in a temporary folder.

    Args:
        images: What stands for each image, besides Argo's own executor and `SHELL`, which is this machine as it is.

    Raises:
        UnfitMachineError: This machine has no root, `unshare` or overlay mounts for us.
        GoMissingError: The programs are not built, and there is no Go.
    """
    check_machine()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mlc-argo-", ignore_cleanup_errors=True)))
        # The controller's health server would listen on every interface; it does without when its port is taken.
        holder = stack.enter_context(socket.socket())
        with contextlib.suppress(OSError):
            holder.bind(("127.0.0.1", 6060))
        services: dict[str, Service] = {}
        stack.callback(_stop, services)
        cluster = start_cluster(folder, services)
        running = Engine(folder, cluster, services)
        _start_kubelet(running, images)
        _install_argo(running)
        yield running


def _stop(services: dict[str, Service]) -> None:
    for service in reversed(services.values()):
        service.stop()


def _start_kubelet(running: Engine, images: Mapping[str, Image]) -> None:
    folder, argo, cluster = running.folder, binaries.folder("argo"), running.cluster
    own = {EXECUTOR: Image(binds={"/usr/local/bin/argoexec": str(argo / "argoexec")}), SHELL: Image()}
    (folder / "pods").mkdir()
    config = {
        "server": cluster.api.server,
        "token": cluster.token,
        "certificate": str(cluster.authority),
        "key": str(cluster.certificates / "apiserver.key"),
        "folder": str(folder / "pods"),
        "port": free_ports(1)[0],
        "streams": str(binaries.folder("streams") / "streams"),
        "images": {name: asdict(image) for name, image in {**own, **images}.items()},
        "copied": {"/var/run/argo/argoexec": str(argo / "argoexec")},  # which has a hundred megabytes
        "nodes": read_documents(OBJECTS / "nodes.yaml"),
    }
    (folder / "kubelet.json").write_text(json.dumps(config))
    namespaces = ["unshare", "--mount", "--propagation", "private", "--pid", "--mount-proc", "--fork", "--kill-child"]
    argv = [*namespaces, sys.executable, "-m", "tests.engines.argo.kubelet", str(folder / "kubelet.json")]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    running.services["kubelet"] = start("kubelet", argv, folder / "kubelet.log", env)


def _install_argo(running: Engine) -> None:
    """As its manifests for a whole cluster do, with the complete schemas, and the controller outside of it."""
    api = running.api
    api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    schemas = binaries.objects("argo", "argoproj.io_*.json")
    for schema in schemas:
        api.create(schema)
    for document in (
        *read_documents(OBJECTS / "controller.yaml"),
        *binaries.objects("argo", "workflow-controller-*.json"),
    ):
        for subject in document.get("subjects", []):
            subject.setdefault("namespace", NAMESPACE)
        api.create(document, NAMESPACE)
    wanted = {"spec": {"expirationSeconds": 86400}}
    token = api.post(f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/argo/token", wanted)["status"]["token"]
    running.cluster.write_kubeconfig(running.folder / "controller.kubeconfig", token)
    running.services["apiserver"].wait_until(lambda: all(served(api, schema) for schema in schemas), 60)
    running.start_controller()


def served(api: Api, schema: Document) -> bool:
    """Whether the API server knows the objects of a schema."""
    spec = schema["spec"]
    with contextlib.suppress(ApiError):
        api.get(f"/apis/{spec['group']}/{spec['versions'][0]['name']}/{spec['names']['plural']}", limit="1")
        return True
    return False


def main() -> None:
    """Bring the engine up and keep it."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    began = time.monotonic()
    with contextlib.suppress(KeyboardInterrupt), engine({}) as running:
        print(f"ready after {time.monotonic() - began:.1f} s; logs are in {running.folder}; interrupt to stop")
        print(f"export KUBECONFIG={running.kubeconfig}", flush=True)
        signal.pause()


if __name__ == "__main__":
    main()
