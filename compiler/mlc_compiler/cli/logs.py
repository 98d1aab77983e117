"""`mlc logs`: what the processes of a run printed."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from mlc_compiler.cli import exit as exits
from mlc_compiler.cli.engine import add_engine

if TYPE_CHECKING:
    from mlc_compiler.cli.engine import Engine


def arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_engine(parser)
    parser.add_argument("step", nargs="?", metavar="STEP", help="one step of it; all by default")


def run(options: Namespace) -> int:
    """Print the lines of every process that the engine still has, each with its step and tile."""
    from mlc_compiler.cli.engine import with_engine

    def show(engine: Engine) -> int:
        for who, line in engine.target.logs(options.run, engine.environment, options.step):
            print(f"{who} | {line}")
        return exits.DONE

    return with_engine(options, show)
