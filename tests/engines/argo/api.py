"""The Kubernetes API as plain JSON: what the kubelet, the engine and the tests ask of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import urllib3
import yaml

from mlc_containers.manifest import dump_manifest

Document = dict[str, Any]

MERGE = "application/merge-patch+json"
APPLY = "application/apply-patch+yaml"

_GROUPS = {  # plural resource and whether it lives in a namespace, by kind
    "Namespace": ("namespaces", False),
    "Node": ("nodes", False),
    "CustomResourceDefinition": ("customresourcedefinitions", False),
    "ClusterRole": ("clusterroles", False),
    "ClusterRoleBinding": ("clusterrolebindings", False),
    "PersistentVolume": ("persistentvolumes", False),
    "PriorityClass": ("priorityclasses", False),
}


class ApiError(Exception):
    """The API server refused a request."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status = status
        try:
            self.message = str(json.loads(body)["message"])
        except (ValueError, KeyError, TypeError):
            self.message = body.decode(errors="replace")
        super().__init__(f"{status}: {self.message}")


class Api:
    """One API server, one bearer's token; safe to use from many threads."""

    def __init__(self, server: str, token: str, certificate: Path) -> None:
        self.server = server
        self._headers = {"Authorization": f"Bearer {token}"}
        self._pool = urllib3.PoolManager(maxsize=32, ca_certs=str(certificate), retries=urllib3.Retry(3, redirect=0))

    def get(self, path: str, **query: str) -> Any:
        """The object or the list at a path."""
        return json.loads(self.text(path, **query))

    def text(self, path: str, **query: str) -> str:
        """What is at a path that is no JSON, such as a log."""
        return self._ask("GET", path, query).decode(errors="replace")

    def post(self, path: str, document: Mapping[str, Any], **query: str) -> Document:
        """Create an object, or ask a question that is one."""
        return self._send("POST", path, document, "application/json", query)

    def patch(self, path: str, document: Mapping[str, Any], **query: str) -> Document:
        """Merge a change into an object."""
        return self._send("PATCH", path, document, MERGE, query)

    def delete(self, path: str, document: Mapping[str, Any] | None = None) -> None:
        """Delete an object; one that is gone already is no error."""
        try:
            self._send("DELETE", path, document or {}, "application/json", {})
        except ApiError as error:
            if error.status not in {404, 409}:
                raise

    def apply(self, document: Mapping[str, Any], namespace: str = "", **query: str) -> Document:
        """Apply an object on the server's side, as `kubectl apply --server-side` does."""
        metadata = document["metadata"]
        path = f"{resource_path(document, namespace)}/{metadata['name']}"
        query = {"fieldManager": "mlc", "force": "true", **query}
        answer: Document = json.loads(self._ask("PATCH", path, query, dump_manifest(document), APPLY))
        return answer

    def create(self, document: Mapping[str, Any], namespace: str = "", **query: str) -> Document:
        """Create an object where its kind lives."""
        return self.post(resource_path(document, namespace), document, **query)

    def watch(self, path: str, version: str) -> Iterator[Document]:
        """The events after a version of a list, until the server ends the answer."""
        query = {"watch": "1", "resourceVersion": version, "timeoutSeconds": "300"}
        answer = self._pool.request(
            "GET",
            f"{self.server}{path}?{urlencode(query)}",
            headers=self._headers,
            preload_content=False,
            timeout=urllib3.Timeout(connect=10, read=310),
        )
        try:
            if answer.status >= 400:
                raise ApiError(answer.status, answer.read())
            rest = b""
            for chunk in answer.stream(65536):
                *lines, rest = (rest + chunk).split(b"\n")
                yield from map(json.loads, lines)
        finally:
            answer.release_conn()

    def _send(
        self, method: str, path: str, document: Mapping[str, Any], content: str, query: Mapping[str, str]
    ) -> Document:
        answer: Document = json.loads(self._ask(method, path, query, json.dumps(document).encode(), content))
        return answer

    def _ask(
        self, method: str, path: str, query: Mapping[str, str], body: bytes | None = None, content: str = ""
    ) -> bytes:
        address = f"{self.server}{path}" + (f"?{urlencode(query)}" if query else "")
        headers = {**self._headers, **({"Content-Type": content} if content else {})}
        answer = self._pool.request(method, address, body=body, headers=headers, timeout=60)
        if answer.status >= 400:
            raise ApiError(answer.status, answer.data)
        return answer.data


def resource_path(document: Mapping[str, Any], namespace: str = "") -> str:
    """The path of the list that an object belongs to; its own namespace counts before the one given."""
    version, kind = document["apiVersion"], document["kind"]
    plural, namespaced = _GROUPS.get(kind, (f"{kind.lower()}s", True))
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    inside = document["metadata"].get("namespace") or namespace
    return f"{root}/namespaces/{inside}/{plural}" if namespaced else f"{root}/{plural}"


def read_documents(*files: Path) -> list[Document]:
    """The objects in YAML files."""
    return [document for file in files for document in yaml.load_all(file.read_bytes(), yaml.CSafeLoader) if document]
