"""`mlc explain`: a diagnostic's code at length, or what a spec becomes."""

from __future__ import annotations

import re
import sys
from argparse import ArgumentParser, Namespace

from mlc_compiler.cli import exit as exits


def arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("what", metavar="CODE", help="a diagnostic's code, such as MLC301")


def run(options: Namespace) -> int:
    """Print the page of a code."""
    from mlc_compiler.diagnostics.catalogue import codes, page

    code = options.what.upper()
    if not re.fullmatch(r"MLC\d{3}", code):
        print(f"`{options.what}` is no code; codes look like MLC301", file=sys.stderr)
        return exits.WRONG_USAGE
    if code not in codes():
        print(f"there is no {code}", file=sys.stderr)
        return exits.WRONG_USAGE
    print(page(code).text, end="")
    return exits.DONE
