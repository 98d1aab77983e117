"""`mlc validate`: all diagnostics of specs and environments."""

from __future__ import annotations

import re
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mlc_compiler.cli import exit as exits
from mlc_compiler.cli.report import add_format, report, verdict
from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_compiler.source.document import Document

if TYPE_CHECKING:
    from mlc_compiler.driver import Checked

_VERSION = re.compile(rb"^mlc\s*[:=]\s*\d+\s*(#.*)?$", re.MULTILINE)
"""The line that every spec has, and hardly anything else."""

SUFFIXES = (".yaml", ".yml", ".toml")


def arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a spec, an environment, or a folder of them")
    parser.add_argument("--env", metavar="FILE", help="the environment that the specs are meant for")
    parser.add_argument("--strict", action="store_true", help="warnings are errors")
    add_format(parser, "text", "json", "github")


def run(options: Namespace) -> int:
    """Check every file."""
    from mlc_compiler.cli.place import default_environment
    from mlc_compiler.driver import check_environment, check_file

    diagnostics: list[Diagnostic] = []
    documents: dict[str, Document] = {}
    meant: dict[str, list[Checked]] = {options.env: []} if options.env else {}
    specs: list[str] = []
    for path in dict.fromkeys(_files(options.paths)):
        if is_environment(Path(path)):
            meant.setdefault(path, [])
        else:
            specs.append(path)
    for path in specs:
        checked = check_file(Path(path), path)
        diagnostics += checked.diagnostics
        documents |= checked.documents
        environment = options.env or default_environment(Path(path).parent)
        if environment is not None:
            meant.setdefault(str(environment), []).append(checked)
    for path, asking in meant.items():
        _, found, read = check_environment(Path(path), asking)
        diagnostics += found
        documents |= read
    if not meant and not specs:
        print("no specs found", file=sys.stderr)
        return exits.WRONG_USAGE
    report(diagnostics, documents, options.format)
    code = verdict(diagnostics, strict=options.strict)
    if code == exits.DONE and options.format == "text":
        count = len(meant) + len(specs)
        print(f"{count} {'file' if count == 1 else 'files'} checked: no errors")
    return code


def is_environment(path: Path) -> bool:
    """Whether a file is an environment by its name: `environment.yaml`, `environment.prod.toml` and the like."""
    return path.name.partition(".")[0] == "environment"


def _files(paths: list[str]) -> Iterator[str]:
    """The files named, and those below the folders named that are specs or environments by content."""
    for name in paths:
        path = Path(name)
        if not path.is_dir():
            yield name
            continue
        for file in sorted(path.rglob("*")):
            if file.suffix in SUFFIXES and file.is_file() and _is_ours(file):
                yield str(file)


def _is_ours(path: Path) -> bool:
    """Whether a file in a folder is a spec or an environment: other YAML and TOML is nobody's business."""
    if is_environment(path):
        return True
    head = path.open("rb").read(65_536)
    return _VERSION.search(head) is not None
