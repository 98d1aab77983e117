"""Parameters of a run, as `--set NAME=VALUE` gives them."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Collection


def add_given(parser: ArgumentParser) -> None:
    """Declare `--set`."""
    parser.add_argument("--set", metavar="NAME=VALUE", action="append", default=[], help="a parameter's value")


def given_of(options: Namespace, declared: Collection[str]) -> dict[str, str] | None:
    """The values by name; None, and a line on standard error, where one is none of the spec's parameters."""
    given: dict[str, str] = {}
    for text in options.set:
        name, equals, value = text.partition("=")
        if not equals or name not in declared:
            wrong = f"the spec has no parameter `{name}`" if equals else "write NAME=VALUE"
            known = ", ".join(declared) or "none"
            print(f"`--set {text}`: {wrong}; its parameters: {known}", file=sys.stderr)
            return None
        given[name] = value
    return given
