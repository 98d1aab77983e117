"""`mlc lsp`: the language server."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from importlib.util import find_spec

from mlc_compiler.cli import exit as exits


def arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--stdio", action="store_true", help="on standard input and output, which is the only way")


def run(_: Namespace) -> int:
    """Serve until the editor says good-bye."""
    if find_spec("pygls") is None:
        print("the language server needs pygls: pip install 'mlc-compiler[lsp]'", file=sys.stderr)
        return exits.WRONG_USAGE
    from mlc_compiler.editor.server import serve

    serve()
    return exits.DONE
