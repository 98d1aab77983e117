"""`mlc stop`: end a run."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from mlc_compiler.cli import exit as exits
from mlc_compiler.cli.engine import Engine, add_engine, with_engine


def arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_engine(parser)


def run(options: Namespace) -> int:
    """Ask the engine to begin nothing more of a run."""

    def stop(engine: Engine) -> int:
        engine.target.stop(options.run, engine.environment)
        print(f"{options.run} is asked to stop; what is finished is kept")
        return exits.DONE

    return with_engine(options, stop)
