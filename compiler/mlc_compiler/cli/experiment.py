"""`mlc experiment`: which arm is better; on the past, or in the world."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from importlib import import_module

from mlc_compiler.cli import exit as exits
from mlc_compiler.cli.failures import told
from mlc_compiler.cli.project import add_project
from mlc_compiler.cli.report import add_format
from mlc_runtime.errors import StepError

_ACTIONS = {
    "replay": ("analysis", "what the held-out past says"),
    "plan": ("analysis", "how many units and days it takes, by what the past says"),
    "start": ("control", "let units meet the arms, or more of them where it runs"),
    "status": ("control", "how far it is, and whether units come as declared"),
    "analyse": ("analysis", "what follows by now from what was shown"),
    "stop": ("control", "end it"),
    "list": ("control", "all experiments of the spec"),
    "export": ("control", "those that run, or NAME alone, as another system's configuration: `--format statsig`"),
}
"""Each action, the module that does it, and what it is."""


def arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments."""
    described = "; ".join(f"{name}: {does}" for name, (_, does) in _ACTIONS.items())
    parser.add_argument("action", choices=_ACTIONS, metavar="ACTION", help=described)
    add_project(parser)
    parser.add_argument("name", nargs="?", metavar="NAME", help="the experiment; not needed where there is one")
    parser.add_argument("--as-of", metavar="TIME", help="the logical time; by default the latest known")
    parser.add_argument("--html", metavar="FILE", help="write a page with pictures, too")
    parser.add_argument("--reason", metavar="TEXT", help="why it is stopped")
    parser.add_argument("--stop", action="store_true", help="analyse: stop it where a guardrail is broken")
    add_format(parser, "text", "json", "statsig")


def run(options: Namespace) -> int:
    """Do what was asked."""
    if options.reason is None and options.action == "stop":
        print("`mlc experiment stop` needs `--reason TEXT`: it is kept beside who and when", file=sys.stderr)
        return exits.WRONG_USAGE
    if (options.action == "export") != (options.format == "statsig"):
        print("`mlc experiment export` and `--format statsig` go together", file=sys.stderr)
        return exits.WRONG_USAGE
    module, _ = _ACTIONS[options.action]
    try:
        code: int = getattr(import_module(f"mlc_compiler.cli.experiment_{module}"), f"{options.action}_")(options)
    except StepError as error:
        return told(error)
    return code
