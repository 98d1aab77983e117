"""The nodes and the pods bound to them: what the API server says, done."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import urllib3
from tests.engines.argo.api import Api, ApiError
from tests.engines.argo.kubelet.pod import Offer, Pod
from tests.engines.argo.kubelet.status import ADDRESS, now


class Nodes:
    """All nodes of a cluster, run by one process.

    Args:
        folder: Where pods have their files: `NAMESPACE/POD/CONTAINER`.
        offer: What this machine has for pods.
    """

    def __init__(self, api: Api, folder: Path, offer: Offer) -> None:
        self._api, self._folder, self._offer = api, folder, offer
        self._pods: dict[str, Pod] = {}

    def register(self, node: Mapping[str, Any], port: int) -> None:
        """Make a node that is ready; `port` is where its exec and logs are served."""
        name = node["metadata"]["name"]
        try:
            self._api.post("/api/v1/nodes", node)
        except ApiError as error:
            if error.status != 409:
                raise
        ready = {
            "type": "Ready",
            "status": "True",
            "reason": "KubeletReady",
            "lastHeartbeatTime": now(),
            "lastTransitionTime": now(),
        }
        status = {
            **node["status"],
            "allocatable": node["status"]["capacity"],
            "conditions": [ready],
            "addresses": [{"type": "InternalIP", "address": ADDRESS}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": port}},
        }
        self._api.patch(f"/api/v1/nodes/{name}/status", {"status": status})

    def run(self) -> None:
        """Follow the pods for ever."""
        while True:
            try:
                self._follow()
            except (ApiError, urllib3.exceptions.HTTPError) as error:
                print(now(), "pods cannot be followed:", error, file=sys.stderr, flush=True)
                time.sleep(1)

    def _follow(self) -> None:
        listed = self._api.get("/api/v1/pods")
        for pod in listed["items"]:
            self._see("ADDED", pod)
        for event in self._api.watch("/api/v1/pods", listed["metadata"]["resourceVersion"]):
            if event["type"] == "ERROR":
                return
            self._see(event["type"], event["object"])

    def _see(self, event: str, document: Mapping[str, Any]) -> None:
        metadata, uid = document["metadata"], document["metadata"]["uid"]
        if event == "DELETED":
            pod = self._pods.pop(uid, None)
            if pod and not pod.stopping.is_set():
                _background(self._end, pod, 0.0)
        elif not document["spec"].get("nodeName"):
            return
        elif uid not in self._pods:
            folder = self._folder / metadata["namespace"] / metadata["name"]
            pod = self._pods[uid] = Pod(self._api, document, folder, self._offer)
            if metadata.get("deletionTimestamp") or document["status"].get("phase", "Pending") != "Pending":
                pod.ended.set()
            else:
                _background(pod.run)
        if metadata.get("deletionTimestamp") and uid in self._pods and not self._pods[uid].stopping.is_set():
            self._pods[uid].stopping.set()
            _background(self._end, self._pods[uid], metadata.get("deletionGracePeriodSeconds", 30), document)

    def _end(self, pod: Pod, grace: float, document: Mapping[str, Any] | None = None) -> None:
        pod.stop(grace)
        pod.ended.wait()
        pod.remove()
        if document:
            metadata = document["metadata"]
            path = f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}"
            self._api.delete(path, {"gracePeriodSeconds": 0, "preconditions": {"uid": metadata["uid"]}})


def _background(work: Any, *arguments: Any) -> None:
    threading.Thread(target=work, args=arguments, daemon=True).start()
