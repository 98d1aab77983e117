"""`mlc migrate`: specs in the version of the language that this mlc reads."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from mlc_compiler.cli import exit as exits
from mlc_compiler.cli.find import find_files
from mlc_compiler.cli.report import report
from mlc_compiler.cli.write import rewrite
from mlc_compiler.layout import is_environment


def arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("paths", nargs="+", metavar="PATH", help="specs, and folders of specs")
    parser.add_argument("--check", action="store_true", help="change nothing; fail where something would change")


def run(options: Namespace) -> int:
    """Migrate every spec that can be read; one with errors is left alone, and so is what is current."""
    from mlc_compiler.diagnostics.reading import reading_diagnostics
    from mlc_compiler.diagnostics.visible import visible
    from mlc_compiler.source.read import read_file
    from mlc_compiler.spec.migrate import ClashError, migrate

    code = exits.DONE
    for name in dict.fromkeys(find_files(options.paths)):
        if is_environment(Path(name)):
            continue
        document = read_file(Path(name), name)
        report(reading_diagnostics(document), {name: document})
        try:
            migrated = document if document.problems else migrate(document)
        except ClashError as error:
            print(visible(f"{name}: {error}"), file=sys.stderr)
            code = exits.WRONG_SPEC
            continue
        if document.problems:
            code = exits.WRONG_SPEC
        elif migrated.text == document.text:
            continue
        elif options.check:
            print(visible(f"would migrate {name}"), file=sys.stderr)
            code = code or exits.DIFFERENT
        elif not rewrite(Path(name), document, migrated.text):
            code = exits.WRONG_SPEC
        else:
            versions = [(each.data or {}).get("mlc") for each in (document, migrated)]
            print(visible(f"migrated {name} from version {versions[0]} of the language to {versions[1]}"))
    return code
