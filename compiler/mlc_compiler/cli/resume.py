"""`mlc resume`: do what a run left undone."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from mlc_compiler.cli import exit as exits
from mlc_compiler.cli.engine import Engine, add_engine, with_engine


def arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_engine(parser)


def run(options: Namespace) -> int:
    """Start a run with the parameters of another one; what that has done is found by its key. Print its name."""

    def resume(engine: Engine) -> int:
        print(engine.target.resume(options.run, engine.environment))
        print("it runs what is installed now; `mlc submit` installs", file=sys.stderr)
        return exits.DONE

    return with_engine(options, resume)
