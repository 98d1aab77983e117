"""Findings to the terminal or to a program."""

from __future__ import annotations

import os
import shutil
import sys
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from contextlib import suppress

from mlc_compiler.cli import exit as exits
from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_compiler.source.document import Document


def add_format(parser: ArgumentParser, *formats: str) -> None:
    """The option `--format`; the first format is the default."""
    parser.add_argument("--format", choices=formats, default=formats[0], help="how to report")


def report(diagnostics: Sequence[Diagnostic], documents: Mapping[str, Document], form: str = "text") -> None:
    """Print findings: text to standard error, forms for programs to standard output.

    A reader that leaves does not make findings undone: the verdict is still to be given.
    """
    with suppress(BrokenPipeError):
        _report(diagnostics, documents, form)


def _report(diagnostics: Sequence[Diagnostic], documents: Mapping[str, Document], form: str) -> None:
    match form:
        case "json":
            from mlc_compiler.diagnostics.render_json import render_json

            print(render_json(diagnostics, documents))
        case "github":
            from mlc_compiler.diagnostics.render_github import render_github

            sys.stdout.write(render_github(diagnostics, documents))
        case "sarif":
            from mlc_compiler.diagnostics.render_sarif import render_sarif

            print(render_sarif(diagnostics, documents))
        case _:
            if diagnostics:
                from mlc_compiler.diagnostics.render_text import render_text

                color = sys.stderr.isatty() and "NO_COLOR" not in os.environ
                width = shutil.get_terminal_size((100, 24)).columns
                sys.stderr.write(render_text(diagnostics, documents, color=color, width=width))


def verdict(diagnostics: Sequence[Diagnostic], *, strict: bool = False) -> int:
    """The exit code that findings ask for."""
    wrong = any(strict or diagnostic.severity == "error" for diagnostic in diagnostics)
    return exits.WRONG_SPEC if wrong else exits.DONE
