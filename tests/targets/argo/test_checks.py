"""What an environment asks for that a cluster would refuse, or that would break a run, is told before."""

from dataclasses import replace
from typing import Any

import pytest
from tests.targets.argo.hostile import environment, plan

from mlc_argo.target import TARGET
from mlc_compiler.target import Files
from mlc_runtime.plan import Policy

DIGEST = "@sha256:" + "0" * 64


def codes(site: dict[str, Any]) -> list[str]:
    """The errors, of steps that ask for the pool `p`."""
    whole = plan("x")
    pooled = replace(whole, steps=tuple(replace(step, policy=Policy(pool="p")) for step in whole.steps))
    found = TARGET.check(pooled, site, Files("pipeline.yaml", "environment.yaml"))
    return [each.code for each in found if each.severity == "error"]


def settings(**given: Any) -> dict[str, Any]:
    return {**environment("x"), "targets": {"argo": given}}


@pytest.mark.parametrize(
    "path",
    [
        "/mlc",
        "/mlc/plan",
        "/mlc/scratch/deep",
        "/mlc/project",
        "/mlc/project/",
        "/var/run",
        "/proc",
    ],
)
def test_a_volume_hides_nothing_that_has_to_be_there(path: str) -> None:
    assert codes(settings(volumes={"store": {"claim": "c", "path": path}})) == ["MLC726"]


@pytest.mark.parametrize("path", ["/store", "/mnt/a/b", "predictions", "data/lake/", "/mlc/others", "/devices"])
def test_a_volume_may_be_anywhere_else(path: str) -> None:
    assert codes(settings(volumes={"store": {"claim": "c", "path": path}})) == []


def test_two_volumes_have_two_places() -> None:
    two = {"a": {"claim": "a", "path": "/data"}, "b": {"claim": "b", "path": "/data/"}}
    assert codes(settings(volumes=two)) == ["MLC726"]
    assert codes(settings(volumes={**two, "b": {"claim": "b", "path": "/data/b"}})) == []


def test_the_name_of_a_volume_has_a_length() -> None:
    assert codes(settings(volumes={"v" * 56: {"claim": "c", "path": "/v"}})) == []
    assert codes(settings(volumes={"v" * 57: {"claim": "c", "path": "/v"}})) == ["MLC715"]


@pytest.mark.parametrize(
    ("where", "key"),
    [
        ("labels", "app.kubernetes.io/name"),
        ("labels", "workflows.argoproj.io/workflow"),
        ("labels", "mlc/plan"),
        ("annotations", "mlc/owner"),
        ("annotations", "kubectl.kubernetes.io/last-applied-configuration"),
        ("variables", "MLC_RUN"),
        ("variables", "TMPDIR"),
    ],
)
def test_what_mlc_or_argo_set_nobody_else_does(where: str, key: str) -> None:
    value = {"secret": "s", "key": "k"} if where == "variables" else "x"
    assert codes(settings(**{where: {key: value}})) == ["MLC727"]


def test_argo_reads_annotations_of_its_own() -> None:
    assert (
        codes(settings(annotations={"workflows.argoproj.io/title": "Churn"}, labels={"acme.example/team": "x"})) == []
    )


@pytest.mark.parametrize(
    "store", ["s3://", "s3:///prefix", "s3://no bucket/x", "gs://bucket/x", "http://bucket", "file:///x"]
)
def test_a_store_is_one_that_pods_reach(store: str) -> None:
    assert codes({**environment("x"), "store": {"path": store}}) == ["MLC713"]


@pytest.mark.parametrize("endpoint", ["minio", "http://", "http://$(HOST)", "ftp://host", "http://host/{{x}}"])
def test_a_store_s_server_has_an_address(endpoint: str) -> None:
    assert codes({**environment("x"), "store": {"path": "s3://bucket", "endpoint": endpoint}}) == ["MLC713"]


@pytest.mark.parametrize(
    "image", ["reg//x", "reg/x/", "a:b:c", "reg/X", "x" * 256, "x:" + "t" * 129, "x" + DIGEST + "0", ":t"]
)
def test_an_image_that_no_registry_has_is_refused(image: str) -> None:
    assert codes({**environment("x"), "image": image}) == ["MLC715"]


@pytest.mark.parametrize(
    "image",
    ["x", "a/b:1", "Reg.example:5000/a__b/c-d.e" + DIGEST, "localhost:5000/x:v1" + DIGEST, "x" * 255, "x:" + "t" * 128],
)
def test_an_image_is_a_reference(image: str) -> None:
    assert codes({**environment("x"), "image": image}) == []


@pytest.mark.parametrize(
    "given", [{"gpu_resource": "gpu"}, {"resources": {"cpu": float("inf")}}, {"resources": {"cpu": 1e30}}]
)
def test_amounts_and_devices_are_such(given: dict[str, Any]) -> None:
    assert codes(settings(**given)) == ["MLC110"]


def test_a_moment_is_a_second_at_least() -> None:
    made = TARGET.compile(plan("x"), settings(deadline="1ms", keep_pods="1ms"))["workflow.yaml"].decode()
    assert "activeDeadlineSeconds: 1\n" in made
    assert 'deleteDelayDuration: "1s"' in made


@pytest.mark.parametrize(
    ("toleration", "expected"),
    [
        ({"key": "a", "operator": "Exists"}, []),
        ({"operator": "Exists"}, []),
        ({"key": "a", "value": "b"}, []),
        ({"key": "a", "operator": "Exists", "value": "b"}, ["MLC715"]),
        ({"value": "b"}, ["MLC715"]),
    ],
)
def test_a_toleration_names_a_taint_or_all(toleration: dict[str, str], expected: list[str]) -> None:
    assert codes({**environment("x"), "pools": {"p": {"tolerations": [toleration]}}}) == expected
