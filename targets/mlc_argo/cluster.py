"""The cluster's API: the kubernetes package finds it and proves who asks; what is said is plain JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import redirect_stdout
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any

import yaml

from mlc_compiler.target import EngineError
from mlc_containers.manifest import dump_manifest

_ARGO = "/apis/argoproj.io/v1alpha1"
_SELDON = "/apis/mlops.seldon.io/v1alpha1"
_PLURALS = {
    "ConfigMap": ("/api/v1", "configmaps"),
    "Pod": ("/api/v1", "pods"),
    "Secret": ("/api/v1", "secrets"),
    "ServiceAccount": ("/api/v1", "serviceaccounts"),
    "Role": ("/apis/rbac.authorization.k8s.io/v1", "roles"),
    "RoleBinding": ("/apis/rbac.authorization.k8s.io/v1", "rolebindings"),
    "Workflow": (_ARGO, "workflows"),
    "WorkflowTemplate": (_ARGO, "workflowtemplates"),
    "CronWorkflow": (_ARGO, "cronworkflows"),
    "Service": ("/api/v1", "services"),
    "Deployment": ("/apis/apps/v1", "deployments"),
    "HorizontalPodAutoscaler": ("/apis/autoscaling/v2", "horizontalpodautoscalers"),
    "InferenceService": ("/apis/serving.kserve.io/v1beta1", "inferenceservices"),
    "Server": (_SELDON, "servers"),
    "Model": (_SELDON, "models"),
    "Experiment": (_SELDON, "experiments"),
}
NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
"""Where a pod finds the namespace that it is in."""
_REASONS = {
    401: "the cluster does not know you; log in again",
    403: "ask for the right, or use a context that has it",
}


class Cluster:
    """A namespace of the cluster that the kubeconfig, or the pod that this runs in, points to.

    Args:
        namespace: the namespace; that of the kubeconfig's context, or of the pod, where it is empty.

    Raises:
        EngineError: there is no way to a cluster.
    """

    def __init__(self, namespace: str = "") -> None:
        try:
            kubernetes: Any = import_module("kubernetes")
            config, dynamic = kubernetes.config, import_module("kubernetes.dynamic")
        except ImportError as error:
            message = "following runs on Kubernetes needs the package `kubernetes`"
            raise EngineError(message, "pip install 'mlc-compiler[argo]'", reached=False) from error
        try:
            with redirect_stdout(StringIO()):  # it prints there that it looks for a pod's account
                config.load_config()
            self.namespace = namespace or _own_namespace(config)
        except (config.ConfigException, yaml.YAMLError, OSError, ValueError, TypeError) as error:  # a broken kubeconfig
            reason = str(error).splitlines()[0].rstrip(".")
            raise EngineError(
                f"no way to a cluster: {reason}", "set KUBECONFIG, or run in a pod with an account", reached=False
            ) from error
        self._client: Any = dynamic.DynamicClient(kubernetes.client.ApiClient(), discoverer=lambda *_: None)

    def apply(self, manifest: Mapping[str, Any]) -> None:
        """Create or update an object, as `kubectl apply --server-side` does."""
        self._ask(
            "patch",
            f"{self._path(manifest['kind'])}/{manifest['metadata']['name']}",
            # Read as YAML, which has no surrogates: JSON in ASCII would not do.
            dump_manifest(manifest).decode("ascii"),
            content_type="application/apply-patch+yaml",
            field_manager="mlc",
            force_conflicts=True,
        )

    def create(self, manifest: Mapping[str, Any]) -> dict[str, Any]:
        """Create an object; as it is then."""
        return self._json("post", self._path(manifest["kind"]), manifest)

    def get(self, kind: str, name: str) -> dict[str, Any]:
        """An object."""
        return self._json("get", f"{self._path(kind)}/{name}")

    def change(self, kind: str, name: str, change: Mapping[str, Any]) -> None:
        """Merge a change into an object."""
        self._json("patch", f"{self._path(kind)}/{name}", change, content_type="application/merge-patch+json")

    def find(self, kind: str, selector: str) -> list[dict[str, Any]]:
        """The objects with these labels."""
        found: list[dict[str, Any]] = self._json("get", self._path(kind), label_selector=selector)["items"]
        return found

    def log(self, pod: str, container: str) -> str:
        """What a container printed."""
        return self._ask("get", f"{self._path('Pod')}/{pod}/log", query_params=[("container", container)])

    def _path(self, kind: str) -> str:
        api, plural = _PLURALS[kind]
        return f"{self._base(api)}/{plural}"

    def _base(self, api: str) -> str:
        return f"{api}/namespaces/{self.namespace}"

    def _json(self, method: str, path: str, body: Any = None, **more: Any) -> dict[str, Any]:
        text = self._ask(method, path, body, **more)
        try:
            answer: dict[str, Any] = json.loads(text)
        except ValueError as error:
            message = f"the cluster answered with what is no JSON: {text[:80]!r}"
            raise EngineError(message, "something between here and it answers instead, a proxy perhaps") from error
        return answer

    def _ask(self, method: str, path: str, body: Any = None, **more: Any) -> str:
        from kubernetes.client import ApiException
        from urllib3.exceptions import HTTPError

        try:
            answer = self._client.request(method, path, body=body, serialize=False, **more)
        except ApiException as error:
            raise _refused(error.status, error.body, path) from error
        except (HTTPError, OSError) as error:
            raise EngineError(f"the cluster cannot be reached: {error}", reached=False) from error
        data: bytes = answer.data
        return data.decode("utf-8", "replace")


def _own_namespace(config: Any) -> str:
    try:
        _, context = config.list_kube_config_contexts()
        return str(context["context"].get("namespace", "default"))
    except config.ConfigException:
        return NAMESPACE.read_text(encoding="ascii")


def _refused(status: int | None, body: bytes | str | None, path: str) -> EngineError:
    try:
        said = str(json.loads(body or "{}").get("message", ""))
    except (ValueError, AttributeError):
        said = str(body)
    plural, _, name = path.rpartition("/")
    if status == 404 and "could not find the requested resource" in said:
        return EngineError("the cluster has no Argo Workflows", "install it, or use another context")
    if status == 404:
        return EngineError(f"there is no `{name}` among the {plural.rpartition('/')[2]} of the namespace")
    return EngineError(said or f"the cluster answered {status}", _REASONS.get(status or 0, ""))
