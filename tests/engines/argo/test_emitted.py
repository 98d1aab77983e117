"""All that the target emits, held to Argo's own validator and, strictly, to the complete schemas of the cluster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engines.argo.api import ApiError, Document
from tests.engines.argo.engine import Engine
from tests.engines.argo.pipeline import PROJECTS, Pipeline
from tests.engines.argo.validator import validate
from tests.specs import EXAMPLES, WARNED, WHOLE, samples
from tests.targets.argo.hostile import environment, plan, texts

from mlc_argo.target import TARGET
from mlc_compiler.driver import Optimiser, check_file, compile_checked
from mlc_compiler.passes.facts import Facts
from mlc_compiler.target import Files
from mlc_runtime.plan import Plan

ARGO_S = ("workflow", "schedule", "run")
"""What the names of the files begin with whose objects Argo's validator knows."""

PLAIN = {"store": {"path": "s3://bucket/prefix"}, "image": "registry.example/ml@sha256:" + "0" * 64}
EVERYTHING: dict[str, Any] = {
    **PLAIN,
    "store": {"path": "s3://bucket/prefix", "endpoint": "http://127.0.0.1:9000", "region": "eu-central-1"},
    "parallelism": 7,
    "targets": {
        "argo": {
            "namespace": "default",
            "service_account_annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/ml"},
            "owner": "{{workflow.name}} <owner@acme.example>",
            "labels": {"team": "tests", "acme.example/tier": "1"},
            "annotations": {"acme.example/runbook": "https://wiki $(HOME)"},
            "image_pull_secrets": ["registry"],
            "volumes": {"data_lake": {"claim": "lake", "path": "data/lake", "read_only": True}},
            "variables": {"AWS_ACCESS_KEY_ID": {"secret": "store", "key": "id"}},
            "resources": {"cpu": 0.25, "memory": "512Mi"},
            "gpu_resource": "amd.com/gpu",
            "deadline": "2d",
            "keep_succeeded": "1d",
            "keep_failed": "14d",
            "keep_pods": "10s",
            "nodes": 100,
            "mutex": "ml",
            "semaphore": {"config_map": "quotas", "key": "ml"},
            "archive_logs": True,
            "artifact_repository": {"config_map": "artifact-repositories", "key": "ml"},
        }
    },
}
"""All that the settings can say."""


def emitted(specs: Iterable[Path], environment: Mapping[str, Any]) -> Iterator[Pipeline]:
    """What sound specs of which Argo does everything are compiled to."""
    for spec in specs:
        checked = check_file(spec)
        if not checked.sound:
            continue
        plan = compile_checked(checked, spec.parent, Optimiser(facts=Facts(TARGET.costs))).plan
        found = TARGET.check(plan, environment, Files(spec.name, "environment.yaml"))
        if all(each.severity != "error" for each in found):
            yield Pipeline(plan, TARGET.compile(plan, environment))


def beside(example: Path) -> Pipeline:
    """What an example compiles to, as it lies beside it."""
    return Pipeline(
        Plan(example.parent.name), {file.name: file.read_bytes() for file in (example.parent / "argo").iterdir()}
    )


def refused(engine: Engine, documents: Iterable[Document]) -> list[str]:
    """What the API server has against objects, asked strictly and without creating anything."""

    def ask(document: Document) -> str | None:
        named = {**document, "metadata": {**document["metadata"], "namespace": "default"}}
        try:
            engine.api.create(named, "default", dryRun="All", fieldValidation="Strict")
        except ApiError as error:
            return f"{document['kind']}: {error}"
        return None

    with ThreadPoolExecutor(8) as threads:
        return [said for said in threads.map(ask, documents) if said]


def invalid(pipelines: Iterable[Pipeline], folder: Path) -> list[str]:
    """What Argo's validator has against pipelines, each with its own templates."""
    return [said for number, pipeline in enumerate(pipelines) for said in _invalid([pipeline], folder / str(number))]


def _invalid(pipelines: Iterable[Pipeline], folder: Path) -> list[str]:
    """What it has against pipelines of different names."""
    files: list[Path] = []
    for pipeline in pipelines:
        for name in (name for name in pipeline.files if name.endswith(".yaml") and name.startswith(ARGO_S)):
            files.append(folder / pipeline.plan.name / name)
            files[-1].parent.mkdir(parents=True, exist_ok=True)
            files[-1].write_bytes(pipeline.files[name])
    return [each["error"] for each in validate(*files) if "error" in each]


@pytest.fixture(scope="module")
def pipelines(tmp_path_factory: pytest.TempPathFactory) -> list[Pipeline]:
    """The pipelines of this tree, each in the plainest environment and in one that says all that can be said."""
    folder = tmp_path_factory.mktemp("samples")
    specs = [*WHOLE, *sorted((PROJECTS / "capabilities").glob("[!e]*.yaml")), *samples(folder), *WARNED]
    return [*map(beside, EXAMPLES), *emitted(specs, PLAIN), *emitted(WHOLE, EVERYTHING)]


def test_the_schema_takes_all_that_is_emitted(engine: Engine, pipelines: list[Pipeline]) -> None:
    assert len(pipelines) > 80
    objects = [each for one in pipelines for each in (*one.objects(), *one.documents("run.yaml"))]
    assert refused(engine, objects) == []


def test_the_validator_takes_all_that_is_emitted(pipelines: list[Pipeline], tmp_path: Path) -> None:
    assert invalid(pipelines, tmp_path) == []


@settings(max_examples=3, deadline=None)
@given(st.lists(texts, min_size=30, max_size=30))
def test_any_text_passes(engine: Engine, several: list[str]) -> None:
    plans = [(plan(text, f"p{number}"), environment(text)) for number, text in enumerate(several)]
    made = [Pipeline(one, TARGET.compile(one, place)) for one, place in plans]
    assert refused(engine, [document for one in made for document in one.documents("workflow.yaml")]) == []
    with TemporaryDirectory() as folder:
        assert _invalid(made, Path(folder)) == []
