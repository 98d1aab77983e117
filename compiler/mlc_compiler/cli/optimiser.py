"""The options that say how hard a graph is optimised."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from mlc_compiler.driver import Compiled, Optimiser


def add_optimiser(parser: ArgumentParser) -> None:
    """Declare `-O`, `--no-pass` and `--print-after`."""
    parser.add_argument("-O", dest="level", type=int, choices=(0, 1, 2), default=2, help="how hard to optimise")
    parser.add_argument("--no-pass", metavar="NAME", action="append", default=[], help="leave a pass out")
    parser.add_argument(
        "--print-after", metavar="NAME", action="append", default=[], help="print the graph after a pass, to stderr"
    )


def optimiser_of(options: Namespace) -> Optimiser | None:
    """What the options ask for; None, and a line on standard error, where they name a pass that is not there."""
    from mlc_compiler.passes import names

    for name in (*options.no_pass, *options.print_after):
        if name not in names():
            print(f"there is no pass `{name}`; the passes: {', '.join(names())}", file=sys.stderr)
            return None
    return Optimiser(options.level, tuple(options.no_pass))


def print_after(options: Namespace, compiled: Compiled) -> None:
    """Print the graph after each pass that was asked for."""
    from mlc_compiler.graph.text import dump

    for receipt in compiled.receipts:
        if receipt.name in options.print_after:
            print(f"after {receipt.name}:\n{dump(receipt.after)}", file=sys.stderr)
