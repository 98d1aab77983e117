"""The parts of the process kubelet that decide what a container sees."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from tests.engines.argo.kubelet.environment import ConfigError, environment, expand
from tests.engines.argo.kubelet.pod import explain
from tests.engines.sandbox import resolve

POD = {"metadata": {"name": "p", "namespace": "n", "uid": "u", "labels": {"a/b": "c"}}, "spec": {}}
DATA = {("configmaps", "c"): {"k": b"v"}, ("secrets", "s"): {"k": b"w"}}


def read(kind: str, name: str) -> dict[str, bytes] | None:
    return DATA.get((kind, name))


@pytest.mark.parametrize(
    ("text", "expanded"),
    [("$(A)", "1"), ("$$(A)", "$(A)"), ("$(B)", "$(B)"), ("$A $", "$A $"), ("$$$$", "$$"), ("x$(A)$(A)", "x11")],
)
def test_references_expand_as_in_kubernetes(text: str, expanded: str) -> None:
    assert expand(text, {"A": "1"}) == expanded


def test_variables_come_from_everywhere_in_order() -> None:
    container = {
        "envFrom": [{"prefix": "E_", "configMapRef": {"name": "c"}}],
        "env": [
            {"name": "ONE", "value": "1"},
            {"name": "TWO", "value": "$(ONE)$(E_k)$(THREE)"},
            {"name": "THREE", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
            {"name": "FOUR", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['a/b']"}}},
            {"name": "FIVE", "valueFrom": {"secretKeyRef": {"name": "none", "key": "k", "optional": True}}},
        ],
    }
    found = environment(POD, container, {"HOME": "/"}, read)
    assert found == {"HOME": "/", "E_k": "v", "ONE": "1", "TWO": "1v$(THREE)", "THREE": "w", "FOUR": "c"}


@pytest.mark.parametrize("reference", [{"name": "none", "key": "k"}, {"name": "s", "key": "none"}])
def test_what_is_not_there_keeps_a_container_from_starting(reference: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="none"):
        environment(POD, {"env": [{"name": "A", "valueFrom": {"secretKeyRef": reference}}]}, {}, read)


def test_a_bind_stays_below_the_root_of_its_image(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "run").symlink_to("/run")
    (tmp_path / "up").symlink_to("../../etc")
    assert resolve(str(tmp_path), "/var/run/argo") == "/run/argo"
    assert resolve(str(tmp_path), "/up/passwd") == "/etc/passwd"
    assert resolve(str(tmp_path), "/../x/./y") == "/x/y"


def test_a_full_disk_is_called_one(tmp_path: Path) -> None:
    assert "is full" in explain(OSError(errno.ENOSPC, "No space left on device"), tmp_path)
    assert "Permission denied" in explain(OSError(errno.EACCES, "Permission denied"), tmp_path)
