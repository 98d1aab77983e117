"""The options that say how hard a graph is optimised."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from dataclasses import replace
from pathlib import Path

from mlc_compiler.driver import Compiled, Optimiser
from mlc_compiler.passes.facts import Facts, Limits
from mlc_compiler.spec.environment import Environment


def add_optimiser(parser: ArgumentParser) -> None:
    """Declare `-O`, `--no-pass`, `--print-after` and `--profile`."""
    parser.add_argument("-O", dest="level", type=int, choices=(0, 1, 2), default=2, help="how hard to optimise")
    parser.add_argument("--no-pass", metavar="NAME", action="append", default=[], help="leave a pass out")
    parser.add_argument(
        "--profile", metavar="FILE", help="what a run measured, as `mlc runs show RUN --profile` writes it"
    )
    parser.add_argument(
        "--print-after", metavar="NAME", action="append", default=[], help="print the graph after a pass, to stderr"
    )


def optimiser_of(options: Namespace, costs: Limits | None = None) -> Optimiser | None:
    """What the options ask for; None, and a line on standard error, where they name what is not there.

    Args:
        options: parsed.
        costs: what the target costs and allows; None for this machine.
    """
    from mlc_compiler.passes import names
    from mlc_compiler.passes.profile import facts_of

    for name in (*options.no_pass, *options.print_after):
        if name not in names():
            print(f"there is no pass `{name}`; the passes: {', '.join(names())}", file=sys.stderr)
            return None
    limits = costs or Limits()
    if options.profile is None:
        return Optimiser(options.level, tuple(options.no_pass), Facts(limits))
    try:
        facts = facts_of(Path(options.profile).read_text("utf-8", "replace"), limits)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        print(f"`--profile {options.profile}`: {reason}", file=sys.stderr)
        return None
    return Optimiser(options.level, tuple(options.no_pass), facts)


def with_declared(optimiser: Optimiser, environment: Environment) -> Optimiser:
    """The same, knowing what an environment says that work takes."""
    declared = {
        name: entry.takes.micros / 1e6 for name, entry in environment.overrides.items() if entry.takes is not None
    }
    return replace(optimiser, facts=replace(optimiser.facts or Facts(), declared=declared))


def print_after(options: Namespace, compiled: Compiled) -> None:
    """Print the graph after each pass that was asked for."""
    from mlc_compiler.graph.text import dump

    for receipt in compiled.receipts:
        if receipt.name in options.print_after:
            print(f"after {receipt.name}:\n{dump(receipt.after)}", file=sys.stderr)
