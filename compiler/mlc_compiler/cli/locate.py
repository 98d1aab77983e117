"""`mlc locate`: the line of the spec behind a line of a generated file."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from mlc_compiler.cli import exit as exits


def arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("where", metavar="FILE:LINE", help="a line of a file that `mlc compile` wrote")


def run(options: Namespace) -> int:
    """Print FILE:LINE of the spec, and the entry there."""
    from mlc_compiler.cli.source_map import SOURCE_MAP, origin_of
    from mlc_compiler.source.place import Place
    from mlc_compiler.source.read import read_file

    name, _, line = options.where.rpartition(":")
    if not name or not line.isdecimal():
        print(f"`{options.where}` is not FILE:LINE", file=sys.stderr)
        return exits.WRONG_USAGE
    if not Path(name).is_file():
        print(f"there is no file `{name}`", file=sys.stderr)
        return exits.WRONG_USAGE
    try:
        found = origin_of(Path(name), int(line))
    except FileNotFoundError:
        print(f"there is no `{SOURCE_MAP}` beside `{name}`: it is no file of `mlc compile`'s", file=sys.stderr)
        return exits.WRONG_USAGE
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        print(f"the `{SOURCE_MAP}` beside `{name}` cannot be read: {reason}", file=sys.stderr)
        return exits.WRONG_USAGE
    if found is None:
        print(f"{options.where} comes from no entry of the spec", file=sys.stderr)
        return exits.DIFFERENT
    spec, origin = found
    shown = os.path.relpath(spec)
    document = read_file(spec, shown)
    if document.data is None:
        print(document.problems[0].message, file=sys.stderr)
        return exits.WRONG_USAGE
    span = document.span(Place(shown, origin, "key"))
    print(f"{shown}:{span.start.line}: {'.'.join(map(str, origin))}")
    return exits.DONE
