"""YAML's language server, as editors run it.

`python -m tests.engines.editors.yaml_language_server` installs it.
"""

from __future__ import annotations

import sys

from tests.engines.npm import NodeMissingError, modules, program

PACKAGE = "yaml-language-server"
VERSION = "1.25.0"


def command() -> list[str]:
    """What starts the server on its standard streams.

    Raises:
        NodeMissingError: there is no Node, which installs and runs it.
    """
    return [program("node"), str(modules(PACKAGE, {PACKAGE: VERSION}) / ".bin" / PACKAGE), "--stdio"]


if __name__ == "__main__":
    try:
        print(*command())
    except NodeMissingError as error:
        sys.exit(str(error))
