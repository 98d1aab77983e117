"""`mlc schema`: the JSON Schemas of specs and environments."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from mlc_compiler.cli import exit as exits


def arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--out", metavar="DIR", default="schemas", help="where they are written; `schemas` by default")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a file differs")


def run(options: Namespace) -> int:
    """Write or compare the schemas."""
    from mlc_compiler.spec.schema import schemas

    folder, stale = Path(options.out), []
    for name, text in schemas().items():
        path = folder / name
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if not options.check:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
    if options.check and stale:
        print(f"not up to date: {', '.join(stale)}; run `mlc schema`", file=sys.stderr)
        return exits.DIFFERENT
    return exits.DONE
