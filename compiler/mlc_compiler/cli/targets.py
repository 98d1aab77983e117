"""`mlc targets`: the targets that are installed."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from difflib import get_close_matches

from mlc_compiler.cli import exit as exits
from mlc_compiler.cli.report import add_format
from mlc_compiler.target import Target, load_target, target_names

EXTRA = "pip install 'mlc-compiler[run]'"
"""The command that installs what running needs."""


def arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_format(parser, "text", "json")


def run(options: Namespace) -> int:
    """List the targets with their versions."""
    found = [(name, find_target(name)) for name in target_names()]
    if options.format == "json":
        import json

        rows = [{"name": name, "version": t.version, "title": t.title} for name, t in found if t is not None]
        print(json.dumps(rows, indent=2))
        return exits.DONE
    for name, target in found:
        if target is not None:
            print(f"{name:<16}{target.version:<10}{target.title}")
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
