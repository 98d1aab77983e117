"""The validators of state machines that are written for Node, as one process that is asked again and again.

`python -m tests.engines.aws.validator` installs them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.engines.npm import NodeMissingError, modules, program

PACKAGES = {
    "amazon-states-language-service": "1.16.1",
    "asl-validator": "4.0.0",
    "vscode-languageserver-textdocument": "1.0.12",
}


class Validator:
    """asl-validator and Amazon's language service, waiting for definitions; ends with the process that made it.

    Raises:
        NodeMissingError: there is no Node.
    """

    def __init__(self) -> None:
        script = Path(__file__).with_name("validate.mjs")
        env = {**os.environ, "NODE_PATH": str(install())}
        self._asking = threading.Lock()
        self._process = subprocess.Popen(
            [program("node"), script], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def problems(self, definition: Mapping[str, Any]) -> list[str]:
        """What is wrong with a state machine."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._asking:
            self._process.stdin.write(json.dumps(definition) + "\n")
            self._process.stdin.flush()
            found: list[str] = json.loads(self._process.stdout.readline())
        return found


def install() -> Path:
    """The folder of the packages, which are installed if they are not there.

    Raises:
        NodeMissingError: there is no Node.
    """
    return modules("state-machine-validators", PACKAGES)


if __name__ == "__main__":
    try:
        print(install())
    except NodeMissingError as error:
        sys.exit(str(error))
