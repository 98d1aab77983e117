"""YAML's language server, as editors run it: installed by npm at a pinned version, once, and kept outside the tree.

`python -m tests.engines.editors.yaml_language_server` installs it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.engines.cache import kept

PACKAGE = "yaml-language-server"
VERSION = "1.25.0"


class NodeMissingError(RuntimeError):
    """The machine has no Node."""


def command() -> list[str]:
    """What starts the server on its standard streams.

    Raises:
        NodeMissingError: there is no Node, which installs and runs it.
    """
    return [_program("node"), str(kept(PACKAGE, VERSION, _install) / "node_modules/.bin" / PACKAGE), "--stdio"]


def _install(folder: Path) -> None:
    options = ["--prefix", str(folder), "--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"]
    # Another npm project above the folder is none of its business.
    (folder / "package.json").write_text('{"private": true}\n', encoding="utf-8")
    ended = subprocess.run(
        [_program("npm"), "install", *options, f"{PACKAGE}@{VERSION}"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        raise RuntimeError(f"npm install failed:\n{ended.stdout}{ended.stderr}")


def _program(name: str) -> str:
    program = shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/local/bin")))
    if program is None:
        raise NodeMissingError(f"{name} is needed to run {PACKAGE}; .ci/run installs Node where it is missing")
    return program


if __name__ == "__main__":
    try:
        print(*command())
    except NodeMissingError as error:
        sys.exit(str(error))
