"""`mlc fmt`: canonical form, comments kept."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from mlc_compiler.cli import exit as exits
from mlc_compiler.cli.find import find_files
from mlc_compiler.cli.report import report
from mlc_compiler.cli.write import rewrite


def arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("paths", nargs="+", metavar="PATH", help="specs, environments, and folders of them")
    parser.add_argument("--check", action="store_true", help="change nothing; fail where something would change")


def run(options: Namespace) -> int:
    """Format every file that can be read; a file with errors is left alone."""
    from mlc_compiler.diagnostics.reading import reading_diagnostics
    from mlc_compiler.diagnostics.visible import visible
    from mlc_compiler.source.format import format_document
    from mlc_compiler.source.read import read_file

    code = exits.DONE
    for name in dict.fromkeys(find_files(options.paths)):
        document = read_file(Path(name), name)
        found = reading_diagnostics(document)
        report(found, {name: document})
        if document.problems:
            code = exits.WRONG_SPEC
            continue
        text = format_document(document)
        if text == document.text:
            continue
        if options.check:
            print(visible(f"would format {name}"), file=sys.stderr)
            code = code or exits.DIFFERENT
        elif not rewrite(Path(name), document, text):
            code = exits.WRONG_SPEC
        else:
            print(visible(f"formatted {name}"))
    return code
