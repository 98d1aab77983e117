"""What the API server and Argo's validator refuse before anything runs."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import pytest
import yaml
from tests.engines.argo.api import ApiError, Document, read_documents
from tests.engines.argo.engine import Engine
from tests.engines.argo.validator import validate
from tests.engines.argo.workspace import WORKFLOWS


@pytest.fixture
def workflow() -> Document:
    [document] = read_documents(WORKFLOWS / "one.yaml")
    return document


def check(engine: Engine, workflow: Document) -> None:
    """Ask the API server, strictly, without creating anything."""
    engine.api.create(workflow, "default", dryRun="All", fieldValidation="Strict")


def test_the_schema_takes_our_workflows(engine: Engine) -> None:
    for file in sorted(WORKFLOWS.glob("*.yaml")):
        for document in read_documents(file):
            check(engine, document)


def test_an_unknown_field_is_refused(engine: Engine, workflow: Document) -> None:
    container = workflow["spec"]["templates"][0]["container"]
    container["comand"] = container.pop("command")
    with pytest.raises(ApiError, match=r'unknown field "spec.templates\[0\].container.comand"'):
        check(engine, workflow)


def test_a_value_of_another_type_is_refused(engine: Engine, workflow: Document) -> None:
    workflow["spec"]["parallelism"] = "many"
    with pytest.raises(ApiError, match="parallelism"):
        check(engine, workflow)


def test_the_validator_takes_our_workflows() -> None:
    found = validate(*sorted(WORKFLOWS.glob("*.yaml")))
    assert [each for each in found if "error" in each] == []
    assert len(found) == len(list(WORKFLOWS.glob("*.yaml")))


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"entrypoint": "nowhere"}, "nowhere"),
        ({"entrypont": "main"}, "unknown field"),
        ({"arguments": {"parameters": [{"name": "x"}]}}, "x"),
    ],
)
def test_the_validator_refuses(workflow: Document, tmp_path: Path, change: Document, error: str) -> None:
    file, wrong = tmp_path / "workflow.yaml", deepcopy(workflow)
    wrong["spec"] |= change
    file.write_text(yaml.safe_dump(wrong))
    [found] = validate(file)
    assert (found["kind"], found["name"]) == ("Workflow", "one")
    assert error in found["error"]


def test_templates_of_other_files_are_found(workflow: Document, tmp_path: Path) -> None:
    template = deepcopy(workflow) | {"kind": "WorkflowTemplate", "metadata": {"name": "shared"}}
    run = workflow | {"spec": {"workflowTemplateRef": {"name": "shared"}}}
    (tmp_path / "template.yaml").write_text(yaml.safe_dump(template))
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(run))
    assert [each.get("error") for each in validate(tmp_path / "run.yaml", tmp_path / "template.yaml")] == [None, None]
    [alone] = validate(tmp_path / "run.yaml")
    assert "shared" in alone["error"]
