"""Argo's own validator, as a program of ours that imports it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.engines.argo import binaries


def validate(*files: Path) -> list[dict[str, str]]:
    """The findings for the objects in files: `file`, `kind`, `name`, and `error` where one is refused.

    Templates in any of the files are found by the workflows in all of them.
    """
    program = binaries.folder("validate") / "validate"
    ended = subprocess.run([program, *files], capture_output=True, text=True, check=False, timeout=60)
    return [json.loads(line) for line in ended.stdout.splitlines()]
