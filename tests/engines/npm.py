"""Programs that run on Node: installed by npm at pinned versions, once, and kept outside the tree."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.engines.cache import kept


class NodeMissingError(RuntimeError):
    """The machine has no Node."""


def modules(name: str, packages: Mapping[str, str]) -> Path:
    """The `node_modules` of packages, which are installed if they are not there.

    Args:
        name: what they are kept as.
        packages: their versions by their names.

    Raises:
        NodeMissingError: there is no Node.
    """
    wanted = [f"{package}@{version}" for package, version in packages.items()]
    fingerprint = hashlib.sha256(" ".join(wanted).encode()).hexdigest()[:16]
    return kept(name, fingerprint, lambda folder: _install(folder, wanted)) / "node_modules"


def program(name: str) -> str:
    """The path of `node` or `npm`.

    Raises:
        NodeMissingError: there is no Node.
    """
    found = shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/local/bin")))
    if found is None:
        raise NodeMissingError(f"{name} is needed; .ci/run installs Node where it is missing")
    return found


def _install(folder: Path, wanted: list[str]) -> None:
    options = ["--prefix", str(folder), "--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"]
    # Another npm project above the folder is none of its business.
    (folder / "package.json").write_text('{"private": true}\n', encoding="utf-8")
    ended = subprocess.run(
        [program("npm"), "install", *options, *wanted], cwd=folder, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise RuntimeError(f"npm install failed:\n{ended.stdout}{ended.stderr}")
