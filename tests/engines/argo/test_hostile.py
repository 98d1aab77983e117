"""Any text that a user can write arrives as it was: the values are tried on the engine in every field that takes them.

Fields that have a form refuse them: see the tests of the target.
"""

from __future__ import annotations

import hashlib
import json

import pytest
from tests.engines.argo.api import Document
from tests.engines.argo.hostile import GIVEN, HIDDEN, NAMES
from tests.engines.argo.started import Started
from tests.engines.argo.workspace import node
from tests.targets.argo.hostile import HOSTILE


@pytest.fixture(scope="module")
def done(hostile: Started) -> Document:
    hostile.answer("ask-ask", "yes")
    return hostile.succeed()


def test_parameters_and_arguments(done: Document, hostile: Started) -> None:
    told = json.loads(hostile.results.value("told", "text"))
    assert [told[name] for name in NAMES] == list(HOSTILE)
    assert [told[name] for name in GIVEN] == list(HOSTILE)
    assert told["choice"] == HOSTILE[-1]
    assert told["literal"] == {text: text for text in HOSTILE if not text.startswith("$")}


def test_secrets(done: Document, hostile: Started) -> None:
    expected = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in HIDDEN.items()}
    assert json.loads(hostile.results.value("hidden", "text")) == expected


def test_values_that_a_run_finds(done: Document, hostile: Started) -> None:
    assert {text: hostile.results.value("each", "text", team=text) for text in HOSTILE} == {
        text: text for text in HOSTILE
    }


def test_a_question(done: Document) -> None:
    [asked] = [each["value"] for each in node(done, "ask-ask")["inputs"]["parameters"] if each["name"] == "message"]
    assert json.loads(asked) == "\n".join(HOSTILE)


def test_annotations(done: Document, hostile: Started) -> None:
    path = "/apis/argoproj.io/v1alpha1/namespaces/pipelines/workflowtemplates/hostile"
    annotations = hostile.workspace.api.get(path)["metadata"]["annotations"]
    assert annotations["mlc/owner"] == "\n".join(HOSTILE)
    assert [annotations[f"acme.example/{name}"] for name in NAMES] == list(HOSTILE)
