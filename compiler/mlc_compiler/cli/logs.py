"""`mlc logs`: what the processes of a run printed."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from mlc_compiler.cli import exit as exits
from mlc_compiler.cli.engine import Engine, add_engine, with_engine


def arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_engine(parser)
    parser.add_argument("step", nargs="?", metavar="STEP", help="one step of it; all by default")


def run(options: Namespace) -> int:
    """Print the lines of every process that the engine still has, each with its step and tile."""

    def show(engine: Engine) -> int:
        for who, line in engine.target.logs(options.run, engine.environment, options.step):
            print(f"{who} | {line}")
        return exits.DONE

    return with_engine(options, show)
