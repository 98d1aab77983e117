"""What the examples compile to passes validators that know nothing of us."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.engines.aws.validator import Validator
from tests.engines.image import ROOT

FOLDERS = sorted(path.parent for path in (ROOT / "examples").glob("*/stepfunctions/template.yaml"))


@pytest.fixture(scope="module")
def validator() -> Validator:
    return Validator()


def lint(template: Path) -> subprocess.CompletedProcess[str]:
    """What cfn-lint says of a template."""
    return subprocess.run(
        [Path(sys.executable).with_name("cfn-lint"), template], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.parent.name)
def test_state_machines_are_sound(folder: Path, validator: Validator) -> None:
    assert validator.problems(json.loads((folder / "state-machine.asl.json").read_bytes())) == []


def test_what_is_wrong_with_a_state_machine_is_found(validator: Validator) -> None:
    definition = json.loads((FOLDERS[0] / "state-machine.asl.json").read_bytes())
    definition["States"]["mlc-more"]["Default"] = "nowhere"
    assert validator.problems(definition)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.parent.name)
def test_templates_are_sound(folder: Path) -> None:
    ran = lint(folder / "template.yaml")
    assert (ran.returncode, ran.stdout) == (0, "")


def test_what_is_wrong_with_a_template_is_found(tmp_path: Path) -> None:
    template = tmp_path / "template.yaml"
    text = (FOLDERS[0] / "template.yaml").read_text()
    template.write_text(text.replace("PlatformCapabilities", "PlatformCapabilitys"))
    assert "PlatformCapabilitys" in lint(template).stdout
