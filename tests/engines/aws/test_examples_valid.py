"""What the examples compile to passes validators that know nothing of us."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.engines.aws.engine import REGION
from tests.engines.aws.validator import Validator
from tests.engines.image import ROOT

FOLDERS = sorted(path.parent for path in (ROOT / "examples").glob("*/stepfunctions/template.yaml"))


@pytest.fixture(scope="module")
def validator() -> Validator:
    return Validator()


def problems(template: str) -> list[str]:
    """What cfn-lint says of a template, warnings too."""
    from cfnlint.api import ManualArgs, lint  # takes two seconds

    return [each.message for each in lint(template, config=ManualArgs(regions=[REGION]))]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.parent.name)
def test_state_machines_are_sound(folder: Path, validator: Validator) -> None:
    assert validator.problems(json.loads((folder / "state-machine.asl.json").read_bytes())) == []


def test_what_is_wrong_with_a_state_machine_is_found(validator: Validator) -> None:
    definition = json.loads((FOLDERS[0] / "state-machine.asl.json").read_bytes())
    definition["States"]["mlc-more"]["Default"] = "nowhere"
    assert validator.problems(definition)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.parent.name)
def test_templates_are_sound(folder: Path) -> None:
    assert problems((folder / "template.yaml").read_text()) == []


def test_what_is_wrong_with_a_template_is_found() -> None:
    text = (FOLDERS[0] / "template.yaml").read_text()
    [found] = problems(text.replace("PlatformCapabilities", "PlatformCapabilitys", 1))
    assert "PlatformCapabilitys" in found
