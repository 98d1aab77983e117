"""`mlc lsp`: the language server."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from mlc_compiler.cli import exit as exits


def arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--stdio", action="store_true", help="on standard input and output, which is the only way")


def run(options: Namespace) -> int:  # noqa: ARG001 - every command has it
    """Serve until the editor says good-bye."""
    try:
        import pygls  # noqa: F401 - the server's imports would be blamed for what is missing
    except ImportError:
        print("the language server needs pygls: pip install 'mlc-compiler[lsp]'", file=sys.stderr)
        return exits.WRONG_USAGE
    from mlc_compiler.editor.server import serve

    serve()
    return exits.DONE
