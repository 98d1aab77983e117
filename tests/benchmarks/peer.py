"""Peers, each in an environment of its own outside the tree: made once, by `uv`, and kept in the user's cache."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

VERSIONS = {
    "kfp": "2.17.0",
    "hera": "7.1.0",
    "metaflow": "2.19.39",
    "luigi": "3.8.1",
    "joblib": "1.6.0",
    "mlserver": "1.7.1",
}
SCRIPTS = Path(__file__).parent / "peers"
_CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "mlc-benchmarks"
_ALSO: Mapping[str, Sequence[str]] = {
    "hera": ["pyyaml"],
    "metaflow": ["setuptools", "boto3==1.40.*", "kubernetes==34.*"],
    "luigi": ["setuptools"],
    "mlserver": ["mlserver-sklearn==1.7.1"],
}


@cache
def python(peer: str) -> str:
    """The interpreter of a peer's environment, which is made where it is missing."""
    wanted = [f"{peer}=={VERSIONS[peer]}", *_ALSO.get(peer, [])]
    folder = _CACHE / "-".join(one.replace("==", "-").removesuffix(".*") for one in wanted)
    interpreter = folder / "bin" / "python"
    if not (folder / "done").exists():
        shutil.rmtree(folder, ignore_errors=True)
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        _uv("venv", "--quiet", "--python", version, str(folder))
        _uv("pip", "install", "--quiet", "--compile-bytecode", "--python", str(interpreter), *wanted)
        (folder / "done").touch()
    return str(interpreter)


def script(name: str) -> str:
    """The path of a peer's script."""
    return str(SCRIPTS / name)


def _uv(*arguments: str) -> None:
    found = shutil.which("uv")
    command = [found] if found else [sys.executable, "-m", "uv"]
    subprocess.run([*command, *arguments], check=True)
