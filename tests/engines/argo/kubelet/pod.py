"""The life of one pod: volumes, init containers in order, then all containers at once."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from time import monotonic
from typing import Any

from tests.engines.argo.api import Api, ApiError
from tests.engines.argo.kubelet.environment import ConfigError, entries, environment, expand
from tests.engines.argo.kubelet.status import ContainerStatus, now, pod_status
from tests.engines.argo.kubelet.volumes import make_volume
from tests.engines.sandbox import Bind, Image, Sandbox, start, terminate

_DEADLINE = ("DeadlineExceeded", "Pod was active on the node longer than the specified deadline")


class ImageError(Exception):
    """What a kubelet reports as ImagePullBackOff."""


@dataclass(frozen=True)
class Offer:
    """What this machine has for pods.

    Attributes:
        images: What stands for each image; another image cannot be pulled.
        copied: Files of this machine by where a pod's first container would copy them for the others, so that a hundred
            pods do not have a hundred copies.
    """

    images: Mapping[str, Image]
    copied: Mapping[str, Path] = field(default_factory=dict)


class Pod:
    """A pod bound to one of our nodes.

    Attributes:
        stopping: Set when the pod shall end; no container starts any more.
        ended: Set when no process of the pod runs any more.
    """

    def __init__(self, api: Api, document: Mapping[str, Any], folder: Path, offer: Offer) -> None:
        self._api, self._document, self._folder, self._offer = api, document, folder, offer
        self._spec, self._metadata = document["spec"], document["metadata"]
        self._path = f"/api/v1/namespaces/{self._metadata['namespace']}"
        self._start = now()
        self._init = [ContainerStatus(spec) for spec in self._spec.get("initContainers", [])]
        self._containers = [ContainerStatus(spec) for spec in self._spec["containers"]]
        self._processes: list[subprocess.Popen[bytes]] = []
        self._volumes: dict[str, Path] = {}
        self._reason: tuple[str, str] | None = None
        self._starting = threading.Lock()
        self._reporting = threading.Lock()
        self.stopping = threading.Event()
        self.ended = threading.Event()

    def run(self) -> None:
        """Run the pod to its end, or until it cannot start: then it waits to be deleted, as on a cluster."""
        try:
            self._report("Pending")
            self._run()
        except ImageError as error:
            self._wait("ImagePullBackOff", str(error))
        except (ConfigError, ApiError) as error:
            self._wait("CreateContainerConfigError", str(error))
        except OSError as error:
            self._wait("CreateContainerError", explain(error, self._folder.parents[1]))
        finally:
            for process in self._processes:
                process.kill()
                process.wait()
            self._discard()
            self.ended.set()

    def stop(self, grace: float) -> None:
        """Ask all containers to end; kill them when the seconds of grace are over."""
        with self._starting:
            self.stopping.set()
        for process in self._processes:
            terminate(process)
        end = monotonic() + grace
        for process in self._processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, end - monotonic()))
            process.kill()

    def remove(self) -> None:
        """Delete the files of an ended pod."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _discard(self) -> None:
        """Delete what the pod wrote, but for what its containers printed: others need the space."""
        for folder in filter(Path.is_dir, self._folder.glob("*/*")):
            shutil.rmtree(folder, ignore_errors=True)

    def _run(self) -> None:
        token = self._token
        self.remove()
        for volume in self._spec.get("volumes", []):
            folder = self._folder / ".volumes" / volume["name"]
            self._volumes[volume["name"]] = make_volume(
                self._claimed(volume), folder, self._document, self._read, token
            )
        timer = threading.Timer(self._spec.get("activeDeadlineSeconds") or threading.TIMEOUT_MAX, self._deadline)
        timer.daemon = True
        timer.start()
        try:
            failed = any(self._run_one(status) for status in self._init) or self._run_all()
        finally:
            timer.cancel()
        self._report("Failed" if failed or self._reason else "Succeeded")

    def _run_all(self) -> bool:
        for status in self._containers:
            self._check(status)
        threads = [threading.Thread(target=self._run_one, args=(status, "Running")) for status in self._containers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return any(status.state.get("terminated", {}).get("exitCode") != 0 for status in self._containers)

    def _run_one(self, status: ContainerStatus, phase: str = "Pending") -> int:
        """Run a container to its end; its exit code."""
        self._check(status)
        sandbox, message = self._sandbox(status.spec)
        with self._starting:
            if self.stopping.is_set():
                return 137
            process = start(sandbox)
            self._processes.append(process)
        status.running()
        self._report(phase)
        code = process.wait()
        code = 128 - code if code < 0 else code
        status.terminated(code, message.read_text(errors="replace")[-4096:])
        self._report(phase)
        return code

    def _check(self, status: ContainerStatus) -> None:
        if status.spec["image"] not in self._offer.images:
            raise ImageError(f'Back-off pulling image "{status.spec["image"]}"')
        if _user(self._spec, status.spec) is None and _context(self._spec, status.spec).get("runAsNonRoot"):
            raise ConfigError("container has runAsNonRoot and image will run as root")

    def _sandbox(self, spec: Mapping[str, Any]) -> tuple[Sandbox, Path]:
        folder, image = self._folder / spec["name"], self._offer.images[spec["image"]]
        folder.mkdir(parents=True)
        host, _, port = self._api.server.partition("://")[2].partition(":")
        base = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/",
            "HOSTNAME": self._metadata["name"],
            "KUBERNETES_SERVICE_HOST": host,
            "KUBERNETES_SERVICE_PORT": port,
            **image.env,
        }
        env = environment(self._document, spec, base, self._read)
        message = folder / "termination"
        message.touch()
        message.chmod(0o666)
        binds = [Bind(message, spec.get("terminationMessagePath", "/dev/termination-log"))]
        binds += [self._bind(mount, env) for mount in spec.get("volumeMounts", [])]
        binds += self._copied(spec)
        argv = [expand(word, env) for word in (*spec.get("command", []), *spec.get("args", []))]
        directory, read_only = (
            spec.get("workingDir", "/"),
            spec.get("securityContext", {}).get("readOnlyRootFilesystem", False),
        )
        return Sandbox(folder, image, binds, argv, env, directory, _user(self._spec, spec), read_only), message

    def _bind(self, mount: Mapping[str, Any], env: Mapping[str, str]) -> Bind:
        source = self._volumes[mount["name"]]
        below = expand(mount["subPathExpr"], env) if mount.get("subPathExpr") else mount.get("subPath", "")
        if below and not (source / below).exists():
            (source / below).mkdir(parents=True)
            (source / below).chmod(0o777)
        return Bind(source / below, mount["mountPath"], mount.get("readOnly", False))

    def _copied(self, spec: Mapping[str, Any]) -> Iterator[Bind]:
        """What the first container copies for the others: its copy goes nowhere, they see what it copied."""
        mounted = {PurePosixPath(mount["mountPath"]) for mount in spec.get("volumeMounts", [])}
        first = any(spec is status.spec for status in self._init)
        for target, source in self._offer.copied.items():
            if PurePosixPath(target).parent in mounted:
                yield Bind(Path(os.devnull), target) if first else Bind(source, target, read_only=True)

    def _read(self, kind: str, name: str) -> dict[str, bytes] | None:
        try:
            return entries(
                {"kind": "Secret" if kind == "secrets" else "ConfigMap", **self._api.get(f"{self._path}/{kind}/{name}")}
            )
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def _claimed(self, volume: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a claim is bound to; any other volume as it is."""
        claim = volume.get("persistentVolumeClaim")
        if claim is None:
            return volume
        bound = self._api.get(f"{self._path}/persistentvolumeclaims/{claim['claimName']}")["spec"]["volumeName"]
        spec: Mapping[str, Any] = self._api.get(f"/api/v1/persistentvolumes/{bound}")["spec"]
        return {"hostPath": spec["hostPath"]}

    def _token(self, source: Mapping[str, Any]) -> str:
        bound = {"kind": "Pod", "apiVersion": "v1", "name": self._metadata["name"], "uid": self._metadata["uid"]}
        wanted = {"expirationSeconds": max(600, source.get("expirationSeconds", 3600)), "boundObjectRef": bound}
        wanted |= {"audiences": [source["audience"]]} if source.get("audience") else {}
        account = self._spec.get("serviceAccountName", "default")
        answer = self._api.post(f"{self._path}/serviceaccounts/{account}/token", {"spec": wanted})
        return str(answer["status"]["token"])

    def _deadline(self) -> None:
        self._reason = _DEADLINE
        self.stop(self._spec.get("terminationGracePeriodSeconds", 30))

    def _wait(self, reason: str, message: str) -> None:
        for status in (*self._init, *self._containers):
            status.waiting(reason, message)
        self._report("Pending")

    def _report(self, phase: str) -> None:
        with self._reporting:
            status = pod_status(phase, self._start, self._init, self._containers, self._reason)
            path = f"{self._path}/pods/{self._metadata['name']}/status"
            try:
                self._api.patch(path, {"metadata": {"uid": self._metadata["uid"]}, "status": status})
            except ApiError as error:
                if error.status not in {404, 409}:  # otherwise the pod is gone, or another has its name
                    raise


def explain(error: OSError, folder: Path) -> str:
    """Why a container cannot be made in the folder of all pods."""
    if error.errno != errno.ENOSPC:
        return str(error)
    disk = shutil.disk_usage(folder)
    return f"the folder of all pods is full: {disk.used >> 20} of {disk.total >> 20} MiB are used"


def _context(pod: Mapping[str, Any], container: Mapping[str, Any]) -> dict[str, Any]:
    return {**pod.get("securityContext", {}), **container.get("securityContext", {})}


def _user(pod: Mapping[str, Any], container: Mapping[str, Any]) -> tuple[int, int] | None:
    context = _context(pod, container)
    user = context.get("runAsUser") or 0
    return (user, context.get("runAsGroup", user)) if user else None
