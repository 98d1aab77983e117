"""`hatch run bench [NAME...] [--markdown] [--target NAME]`: every benchmark, or those named.

With `--markdown`, the table of those that stand beside something, as the README shows it; on the error stream, each
as soon as it is known.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from tests.benchmarks.row import in_markdown, in_text

TABLED = (
    "start",
    "compiling",
    "growth",
    "reading",
    "editing",
    "reviewing",
    "running",
    "killed",
    "countries",
    "serving",
)
PRINTED = ("windows", "tasks")
TARGETED = ("compiling", "growth")


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("names", nargs="*", help=f"of {', '.join((*PRINTED, *TABLED))}; all by default")
    parser.add_argument("--markdown", action="store_true", help="the table for the README")
    parser.add_argument("--target", default="argo", help="what `compiling` and `growth` compile to")
    options = parser.parse_args()
    names = options.names or ((() if options.markdown else PRINTED) + TABLED)
    found = []
    for name in names:
        module = import_module(f"tests.benchmarks.{name}")
        if name in TABLED:
            rows = module.rows(options.target) if name in TARGETED else module.rows()
            for row in rows:
                found.append(row)
                print(in_text([row]), file=sys.stderr if options.markdown else sys.stdout, flush=True)
        else:
            print(f"== {name}")
            module.main()
    if options.markdown:
        print(in_markdown(found))


main()
