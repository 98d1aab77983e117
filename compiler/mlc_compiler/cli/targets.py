"""`mlc targets`: the targets that are installed."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from difflib import get_close_matches
from typing import Any

from mlc_compiler.cli import exit as exits
from mlc_compiler.cli.report import add_format
from mlc_compiler.target import Limited, Target, load_target, target_names

EXTRA = "pip install 'mlc-compiler[run]'"
"""The command that installs what running needs."""


def arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("target", nargs="?", metavar="NAME", help="the target whose limits are shown; all by default")
    add_format(parser, "text", "json")


def run(options: Namespace) -> int:
    """List the targets with their versions, or one with its limits and what it can do."""
    if options.target is not None:
        return _show(options.target)
    found = [(name, find_target(name)) for name in target_names()]
    if options.format == "json":
        import json

        rows = [_described(name, target) for name, target in found if target is not None]
        print(json.dumps(rows, indent=2))
        return exits.DONE
    for name, target in found:
        if target is not None:
            print(f"{name:<16}{target.version:<10}{target.title}")
    return exits.DONE


def _described(name: str, target: Target) -> dict[str, Any]:
    """A target as data; limits are those of an environment that says nothing."""
    described: dict[str, Any] = {"name": name, "version": target.version, "title": target.title}
    if isinstance(target, Limited):
        described["capabilities"] = dict(target.capabilities)
        described["limits"] = [
            {"name": limit.name, "most": limit.most, "unit": limit.unit, "source": limit.source}
            for limit in target.limits({})
        ]
    return described


def _show(name: str) -> int:
    from mlc_compiler.cli.table import table

    target = find_target(name)
    if target is None:
        return exits.WRONG_USAGE
    print(f"{name} {target.version}: {target.title}")
    if isinstance(target, Limited):
        limits = [[limit.name, f"{limit.most:,}", limit.unit, limit.source] for limit in target.limits({})]
        print("", *table([["limit", "most", "of", "source"], *limits]), sep="\n")
        print("", *table([["what a spec asks for", "what becomes of it"], *target.capabilities.items()]), sep="\n")
    return exits.DONE


def find_target(name: str) -> Target | None:
    """A target by its name; None, with a message, where it is not installed or lacks a library."""
    try:
        return load_target(name)
    except KeyError:
        near = get_close_matches(name, target_names(), n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"there are: {', '.join(target_names())}"
        print(f"there is no target `{name}`; {hint}", file=sys.stderr)
    except ImportError as error:
        print(f"target `{name}` needs `{error.name}`: {EXTRA}", file=sys.stderr)
    return None
