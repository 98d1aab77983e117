"""A Kubernetes cluster without nodes: etcd, the API server, the controllers that workflows need, the scheduler."""

from __future__ import annotations

import json
import secrets
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import urllib3
from tests.engines.argo import binaries
from tests.engines.argo.api import Api
from tests.engines.services import Service, command_line, free_ports, start

_CONTROLLERS = (
    "garbage-collector-controller",
    "namespace-controller",
    "persistentvolume-binder-controller",
    "root-ca-certificate-publisher-controller",
    "serviceaccount-controller",
    "serviceaccount-token-controller",
)


@dataclass(frozen=True)
class Cluster:
    """A running cluster.

    Attributes:
        api: The API server, as its administrator.
        token: The administrator's token.
        certificates: The folder of the server's certificate, its own authority, and of its key.
    """

    api: Api
    token: str
    certificates: Path

    @property
    def authority(self) -> Path:
        """The certificate that clients trust."""
        return self.certificates / "apiserver.crt"

    def write_kubeconfig(self, file: Path, token: str) -> Path:
        """Write how the holder of a token reaches the cluster."""
        named = {"name": "mlc"}
        server = {"server": self.api.server, "certificate-authority": str(self.authority)}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{**named, "cluster": server}],
            "users": [{**named, "user": {"token": token}}],
            "contexts": [{**named, "context": {"cluster": "mlc", "user": "mlc", "namespace": "default"}}],
            "current-context": "mlc",
        }
        file.touch(mode=0o600)
        file.write_text(json.dumps(config))
        return file


def start_cluster(folder: Path, services: dict[str, Service]) -> Cluster:
    """Start the programs in a folder; each is added to the services once it runs."""
    etcd, peers, *ports = free_ports(5)
    _start_etcd(folder, services, etcd, peers)
    return _start_kubernetes(folder, services, etcd, *ports)


def _start_etcd(folder: Path, services: dict[str, Service], port: int, peers: int) -> None:
    client, peer = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{peers}"
    options = [
        "--data-dir",
        str(folder / "etcd"),
        "--unsafe-no-fsync",
        "--log-level",
        "warn",
        "--initial-cluster",
        f"default={peer}",
        "--max-wals",  # of 64 MB
        "1",
        "--max-snapshots",
        "1",
    ]
    options += [word for kind in ("listen", "advertise") for word in (f"--{kind}-client-urls", client)]
    options += ["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer]
    services["etcd"] = start("etcd", [binaries.folder("etcd") / "etcd", *options], folder / "etcd.log")
    services["etcd"].wait_until(lambda: _answers(f"{client}/health"), 60)


def _start_kubernetes(
    folder: Path, services: dict[str, Service], etcd: int, port: int, manager: int, scheduler: int
) -> Cluster:
    programs, token = binaries.folder("kubernetes"), secrets.token_hex(16)
    certificates, key = folder / "certificates", folder / "accounts.key"
    subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True)
    (folder / "tokens.csv").write_text(f'{token},admin,admin,"system:masters"\n')
    server = f"https://127.0.0.1:{port}"
    options = {
        "etcd-servers": f"http://127.0.0.1:{etcd}",
        "bind-address": "127.0.0.1",
        "advertise-address": "127.0.0.1",
        "secure-port": port,
        "cert-dir": certificates,
        "token-auth-file": folder / "tokens.csv",
        "authorization-mode": "RBAC",
        "anonymous-auth": "false",
        "service-account-issuer": "https://kubernetes.default.svc",
        "service-account-signing-key-file": key,
        "service-account-key-file": key,
        "service-cluster-ip-range": "10.0.0.0/24",
        "endpoint-reconciler-type": "none",
        # Taints nodes until a controller that is not here has seen them.
        "disable-admission-plugins": "TaintNodesByCondition",
        "enable-priority-and-fairness": "false",
    }
    services["apiserver"] = start(
        "apiserver", command_line(programs / "kube-apiserver", options), folder / "apiserver.log"
    )
    cluster = Cluster(Api(server, token, certificates / "apiserver.crt"), token, certificates)
    headers, authority = {"Authorization": f"Bearer {token}"}, cluster.authority
    services["apiserver"].wait_until(
        lambda: authority.exists() and _answers(f"{server}/readyz", headers, authority), seconds=120
    )
    kubeconfig = cluster.write_kubeconfig(folder / "kubeconfig", token)
    common = {"kubeconfig": kubeconfig, "bind-address": "127.0.0.1", "leader-elect": "false"}
    options = {
        "secure-port": manager,
        "controllers": ",".join(_CONTROLLERS),
        "root-ca-file": authority,
        "service-account-private-key-file": key,
        "use-service-account-credentials": "false",
    }
    argv = command_line(programs / "kube-controller-manager", common | options)
    services["controllers"] = start("controllers", argv, folder / "controllers.log")
    argv = command_line(programs / "kube-scheduler", common | {"secure-port": scheduler})
    services["scheduler"] = start("scheduler", argv, folder / "scheduler.log")
    return cluster


def _answers(address: str, headers: Mapping[str, str] | None = None, authority: Path | None = None) -> bool:
    try:
        pool = urllib3.PoolManager(ca_certs=str(authority) if authority else None, retries=False, timeout=2)
        return pool.request("GET", address, headers=headers).status == 200
    except urllib3.exceptions.HTTPError:
        return False
