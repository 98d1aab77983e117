"""Online servings in a cluster: what answers is the step image as a server, whatever runs it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.targets.argo.hostile import HOSTILE, environment
from tests.targets.servings import plans_of_servings
from tests.targets.strings import strings

from mlc_argo.target import TARGET
from mlc_compiler.cli.main import main
from mlc_compiler.target import Server
from mlc_containers.names import LONGEST_SERVER, server_names
from mlc_runtime.plan import Plan, load

SITE: dict[str, Any] = {
    "store": {"path": "s3://bucket/prefix"},
    "image": "registry.example/ml@sha256:" + "0" * 64,
    "connections": {
        "lake": {"type": "postgres", "host": "db.example", "database": "shop", "password": "lake_password"}
    },
    "secrets": {"lake_password": {"kubernetes": {"secret": "lake", "key": "password"}}},
}
Made = dict[tuple[str, str], dict[str, Any]]


@pytest.fixture
def plans(tmp_path: Path) -> tuple[Plan, list[Plan]]:
    return plans_of_servings(tmp_path)


@pytest.fixture
def serve(plans: tuple[Plan, list[Plan]]) -> Callable[..., tuple[Made, dict[str, bytes]]]:
    """Compiles for a cluster: the objects of servings by kind and name, and all files."""

    def made(site: dict[str, Any] | None = None, **settings: Any) -> tuple[Made, dict[str, bytes]]:
        whole, online = plans
        chosen = {**SITE, **(site or {})}
        targets = {**chosen.get("targets", {}).get("argo", {}), "serving": settings}
        files = dict(TARGET.serve(whole, online, {**chosen, "targets": {"argo": targets}}))
        documents = yaml.safe_load_all(files["serving.yaml"])
        return {(each["kind"], each["metadata"]["name"]): each for each in documents}, files

    return made


Serve = Callable[..., tuple[Made, dict[str, bytes]]]


def test_kubernetes_itself(serve: Serve) -> None:
    objects, _ = serve(replicas={"min": 2, "max": 5}, busy="60%")
    names = ("shop--ask-by-key", "shop--ask")
    kinds = ("Deployment", "Service", "HorizontalPodAutoscaler")
    assert list(objects) == [(kind, name) for name in names for kind in kinds]
    deployed = objects["Deployment", "shop--ask"]["spec"]
    pod = deployed["template"]
    assert "replicas" not in deployed
    assert deployed["selector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
    assert deployed["selector"]["matchLabels"] == objects["Service", "shop--ask"]["spec"]["selector"]
    assert pod["metadata"]["labels"]["mlc/server"] == "shop--ask"
    scaled = objects["HorizontalPodAutoscaler", "shop--ask"]["spec"]
    assert (scaled["minReplicas"], scaled["maxReplicas"]) == (2, 5)
    assert scaled["metrics"][0]["resource"]["target"]["averageUtilization"] == 60
    [container] = pod["spec"]["containers"]
    assert container["args"] == ["serve", "--host", "0.0.0.0", "--port", "8080"]
    probes = {name: container[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "liveness", "readiness")}
    live, ready = "/v2/health/live", "/v2/health/ready"
    assert probes == {"startup": live, "liveness": live, "readiness": ready}
    assert pod["spec"]["securityContext"]["runAsNonRoot"]
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert pod["spec"]["terminationGracePeriodSeconds"] > 30 + int(
        container["lifecycle"]["preStop"]["exec"]["command"][1]
    )


def test_only_what_looks_something_up_is_told_the_secret_of_the_table(serve: Serve) -> None:
    objects, files = serve()

    def variables(name: str) -> dict[str, Any]:
        [container] = objects["Deployment", name]["spec"]["template"]["spec"]["containers"]
        return {each["name"]: each.get("valueFrom") for each in container["env"]}

    reference = {"secretKeyRef": {"name": "lake", "key": "password"}}
    assert variables("shop--ask-by-key")["MLC_SECRET_LAKE_PASSWORD"] == reference
    assert "MLC_SECRET_LAKE_PASSWORD" not in variables("shop--ask")
    assert "MLC_RUN" not in variables("shop--ask")
    assert "lake_password" in json.loads(files["environment.json"])["secrets"]


def test_each_has_its_plan_in_a_map_of_its_own(serve: Serve) -> None:
    objects, files = serve()
    maps = {each["name"]: each["files"] for each in yaml.safe_load(files["kustomization.yaml"])["configMapGenerator"]}
    for name, file in (("shop--ask-by-key", "ask-by-key"), ("shop--ask", "ask")):
        volumes = objects["Deployment", name]["spec"]["template"]["spec"]["volumes"]
        mounted = volumes[0]["configMap"]["name"]
        assert maps[mounted] == [f"plan.json.bz2={file}.plan.json.bz2", "environment.json"]
        assert load(files[f"{file}.plan.json.bz2"]).spec["serving"]["name"] == file.replace("-", "_")
    assert "serving.yaml" in yaml.safe_load(files["kustomization.yaml"])["resources"]
    assert b"mlc-compiler[run,s3,serve]" in files["README.md"]


def test_resources_and_pool_are_those_of_the_environment(plans: tuple[Plan, list[Plan]], tmp_path: Path) -> None:
    """By the serving's name, as those of steps: through the command, which applies an environment's overrides."""
    environment_file = tmp_path / "environment.yaml"
    site = {
        **SITE,
        "store": SITE["store"]["path"],
        "pools": {"steady": {"labels": {"acme.example/pool": "steady"}}},
        "overrides": {"ask": {"resources": {"cpu": 3, "memory": "5Gi", "pool": "steady"}}},
    }
    environment_file.write_text(json.dumps(site), encoding="utf-8")
    out = tmp_path / "out"
    assert main(["compile", str(tmp_path / "pipeline.yaml"), "--target", "argo", "--out", str(out)]) == 0
    objects = {
        (each["kind"], each["metadata"]["name"]): each
        for each in yaml.safe_load_all((out / "serving.yaml").read_text())
    }
    spec = objects["Deployment", "shop--ask"]["spec"]["template"]["spec"]
    assert spec["containers"][0]["resources"]["requests"] == {"cpu": "3", "memory": "5Gi"}
    assert spec["nodeSelector"] == {"acme.example/pool": "steady"}
    other = objects["Deployment", "shop--ask-by-key"]["spec"]["template"]["spec"]
    assert other["containers"][0]["resources"]["requests"] == {"cpu": "1", "memory": "2Gi"}


@pytest.mark.parametrize(("canary", "alias"), [(None, "live"), ("10%", "candidate")])
def test_kserve(serve: Serve, canary: str | None, alias: str) -> None:
    objects, _ = serve(platform="kserve", **({"canary": canary} if canary else {}))
    assert list(objects) == [("InferenceService", "shop--ask-by-key"), ("InferenceService", "shop--ask")]
    predictor = objects["InferenceService", "shop--ask"]["spec"]["predictor"]
    assert predictor.get("canaryTrafficPercent") == (10 if canary else None)
    [container] = predictor["containers"]
    assert container["name"] == "kserve-container"
    assert container["args"][5:] == ([] if alias == "live" else ["--alias", alias])
    assert "lifecycle" not in container


@pytest.mark.parametrize("canary", [None, "10%"])
def test_seldon(serve: Serve, canary: str | None) -> None:
    objects, files = serve(platform="seldon", **({"canary": canary} if canary else {}))
    mine = {name: each["spec"] for name, each in objects.items() if name[1].startswith("shop--ask-by-key")}
    live, candidate = "shop--ask-by-key", "shop--ask-by-key-canary"
    assert list(mine) == [
        ("Server", live),
        ("Model", live),
        *([("Model", candidate), ("Experiment", live)] if canary else []),
    ]
    rclone, mlserver = mine["Server", live]["podSpec"]["containers"]
    assert mlserver["command"][:2] == ["mlserver", "start"]
    assert mine["Server", live]["capabilities"] == mine["Model", live]["requirements"]
    folders = {mount["mountPath"].rpartition("/")[0] for mount in rclone["volumeMounts"]}
    assert folders == {each["storageUri"] for (kind, _), each in mine.items() if kind == "Model"}
    for alias in ("live", "candidate"):
        settings = json.loads(files[f"ask-by-key.{alias}.json"])
        assert settings["parameters"]["extra"] == {"alias": alias}
        assert settings["implementation"] == "mlc_runtime.serving.mlserver.Served"
    if canary:
        weights = {each["name"]: each["weight"] for each in mine["Experiment", live]["candidates"]}
        assert weights == {live: 90, candidate: 10}
        assert mine["Experiment", live]["default"] == live


@pytest.mark.parametrize("platform", ["kubernetes", "kserve", "seldon"])
@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_reaches_what_is_expanded(serve: Serve, text: str, platform: str) -> None:
    objects, files = serve(environment(text), platform=platform)
    for document in objects.values():
        assert document["metadata"]["annotations"]["mlc/owner"] == text
        assert all(found.isascii() and found.isprintable() and "$(" not in found for found in strings(document["spec"]))
    assert json.loads(files["environment.json"])["connections"]["warehouse"]["host"] == text


def test_the_same_again_and_nothing_without_servings(plans: tuple[Plan, list[Plan]]) -> None:
    whole, online = plans
    assert isinstance(TARGET, Server)
    assert TARGET.serve(whole, online, SITE) == TARGET.serve(whole, online, SITE)
    assert TARGET.serve(whole, (), SITE) == TARGET.compile(whole, SITE)
    assert "serving.yaml" not in TARGET.compile(whole, SITE)


def test_names_are_short_and_nobody_else_s() -> None:
    long = ["a" * 60, "a" * 61, "a_b", "a__b", "a"]
    pipelines = ["p", "p-a", "x" * 60]
    found = [name for pipeline in pipelines for name in server_names(pipeline, long).values()]
    assert len(set(found)) == len(found)
    assert max(map(len, found)) <= LONGEST_SERVER
