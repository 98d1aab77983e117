"""What the cluster's API answers becomes a result or a clear error, from a kubeconfig and within a pod."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from kubernetes import config
from kubernetes.config import incluster_config, kube_config

from mlc_argo import cluster
from mlc_argo.cluster import Cluster
from mlc_compiler.target import EngineError

Answer = Callable[[int, str], None]


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Answer]:
    """An API server on the loopback interface that gives one answer, whatever is asked; a kubeconfig points to it."""
    answers = [(200, "{}")]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answers[-1]
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    use(monkeypatch, kubeconfig(tmp_path, server.server_address[1]))
    yield lambda status, body: answers.append((status, body))
    server.shutdown()
    server.server_close()


def use(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    """Have a file be the kubeconfig; the package reads the variable when it is imported."""
    for module in (config, kube_config):
        monkeypatch.setattr(module, "KUBE_CONFIG_DEFAULT_LOCATION", str(file))


def kubeconfig(folder: Path, port: int) -> Path:
    context = {"cluster": "c", "user": "u", "namespace": "own"}
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
        "contexts": [{"name": "c", "context": context}],
        "current-context": "c",
    }
    file = folder / "kubeconfig"
    file.write_text(json.dumps(document))
    return file


def said(message: str) -> str:
    return json.dumps({"kind": "Status", "message": message})


@pytest.mark.parametrize(
    ("status", "body", "message", "help_"),
    [
        (401, said("Unauthorized"), "Unauthorized", "log in again"),
        (403, said("workflows is forbidden"), "workflows is forbidden", "ask for the right"),
        (404, said("the server could not find the requested resource"), "the cluster has no Argo Workflows", "install"),
        (404, said('workflows "a" not found'), "there is no `a` among the workflows of the namespace", ""),
        (409, said("the object has been modified"), "the object has been modified", ""),
        (422, said('admission webhook "policy" denied the request'), "admission webhook", ""),
        (500, "<html>gateway</html>", "gateway", ""),
        (503, "", "the cluster answered 503", ""),
        (200, "<html>a proxy's page</html>", "no JSON", "proxy"),
    ],
)
def test_what_goes_wrong_is_told(api: Answer, status: int, body: str, message: str, help_: str) -> None:
    api(status, body)
    with pytest.raises(EngineError) as caught:
        Cluster().get("Workflow", "a")
    assert message in caught.value.message
    assert help_ in caught.value.help
    assert caught.value.reached


def test_what_is_found_is_found_in_the_context_s_namespace(api: Answer) -> None:
    api(200, '{"metadata": {"name": "a"}}')
    assert Cluster().namespace == "own"
    assert Cluster("other").namespace == "other"
    assert Cluster().get("Workflow", "a") == {"metadata": {"name": "a"}}


def test_a_cluster_out_of_reach_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, kubeconfig(tmp_path, 1))
    with pytest.raises(EngineError, match="cannot be reached") as caught:
        Cluster().get("Workflow", "a")
    assert not caught.value.reached


@pytest.mark.parametrize("text", [None, "", "no: [yaml", "[]", "apiVersion: v1\nkind: Config\ncurrent-context: none\n"])
def test_no_way_to_a_cluster_is_told(
    text: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    if text is not None:
        (tmp_path / "kubeconfig").write_text(text)
    use(monkeypatch, tmp_path / "kubeconfig")
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    with pytest.raises(EngineError, match="no way to a cluster") as caught:
        Cluster()
    assert not caught.value.reached
    assert not caught.value.message.endswith(".")
    assert capfd.readouterr().out == ""


def test_a_pod_uses_its_own_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, text in (("token", "secret"), ("ca.crt", "certificate"), ("namespace", "ml")):
        (tmp_path / name).write_text(text)
    use(monkeypatch, tmp_path / "none")
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "6443")
    monkeypatch.setattr(incluster_config, "SERVICE_TOKEN_FILENAME", str(tmp_path / "token"))
    monkeypatch.setattr(incluster_config, "SERVICE_CERT_FILENAME", str(tmp_path / "ca.crt"))
    monkeypatch.setattr(cluster, "NAMESPACE", tmp_path / "namespace")
    assert Cluster().namespace == "ml"
    assert capfd.readouterr().out == "", "what a command prints may be JSON"
