"""Step images as this machine can stand for them: its own Python and packages, with a project's folder in its place."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.engines.sandbox import Image

ROOT = Path(__file__).parents[2]

_PATHS = {"/opt/site": sysconfig.get_path("purelib"), "/opt/compiler": str(ROOT / "compiler")}


def step_image(project: Path, place: str) -> Image:
    """What a step image of a project would hold, the project at its place in the image."""
    variables = {
        "PATH": "/opt/python/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "PYTHONPATH": ":".join(_PATHS),
        "LD_LIBRARY_PATH": "/opt/python/lib",  # where it says it lies is out of reach for who is not root
    }
    return Image(env=variables, binds={place: str(project), "/opt/python": sys.base_prefix, **_PATHS})


def build() -> None:
    """Compile what step images hold to byte code, as an image's build does: containers cannot write it."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(
        [sys.executable, "-m", "compileall", "-q", "-j", "0", *_PATHS.values()],
        env=environment,
        check=False,
        capture_output=True,
    )
