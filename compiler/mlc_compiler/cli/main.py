"""`mlc`: reads the command line and hands over to one command.

Nothing is imported before it is needed: `mlc --version` imports no library at all.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from errno import EDQUOT, EFBIG, ENOSPC
from importlib import import_module
from io import StringIO, TextIOWrapper

from mlc_compiler.cli import exit as exits
from mlc_compiler.version import __version__

COMMANDS: dict[str, str] = {
    "init": "start a project that runs at once",
    "validate": "report all that is wrong with specs and environments",
    "compile": "write a target's files",
    "run": "run a pipeline on this machine",
    "explain": "explain a diagnostic's code, or what a spec becomes and what a step of it costs",
    "graph": "print or draw the graph of a spec",
    "diff": "tell what a change of a spec means: what runs again and why, and what breaks",
    "fmt": "bring specs into canonical form, comments kept",
    "migrate": "bring specs to the version of the language that this mlc reads",
    "schema": "write the JSON Schemas of the language",
    "runs": "list and show runs",
    "show": "show what a step gave in a run, or write it to a file",
    "models": "list, show, promote and roll back models",
    "serve": "answer requests with the live models, here",
    "experiment": "tell which arm of an experiment is better",
    "submit": "hand a pipeline to an engine",
    "status": "tell how a run stands on its engine",
    "logs": "print what the processes of a run printed",
    "stop": "end a run on its engine",
    "resume": "do what a run left undone",
    "locate": "name the line of a spec behind a line of a generated file",
    "lsp": "speak to an editor: the language server, on standard input and output",
    "targets": "list the targets found",
}
"""Commands and what they do; each is the module of its name in this package."""

_FULL = (ENOSPC, EDQUOT, EFBIG)
_THRESHOLD = 200_000
"""Objects between two searches for garbage; Python's own choice is 700."""


def process() -> int:
    """Run `mlc` as a process that ends with it, and give its exit code."""
    code = main()
    # As it ends, Python looks through all objects once more, which takes another tenth. DuckDB's bindings take note
    # of what that leaves, so a process that ran queries ends as usual.
    if "duckdb" not in sys.modules:
        gc.freeze()
    return code


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `mlc` and give its exit code."""
    # Imports and trees make many objects that stay: looking for garbage among them costs a tenth of a start.
    gc.set_threshold(_THRESHOLD)
    sys.stdout, sys.stderr = sys.stdout or StringIO(), sys.stderr or StringIO()  # either may have been closed
    for stream in (sys.stdout, sys.stderr):
        # What a terminal cannot show is shown by its code, never a reason to stop.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or given[0] not in COMMANDS:
        chosen = _parser().parse_args(given)
        given = [chosen.command, *chosen.rest]
    try:
        code = _command(*given)
    except KeyboardInterrupt:
        code = exits.INTERRUPTED
    except BrokenPipeError:
        code = exits.DONE
    except OSError as error:
        if error.errno not in _FULL:
            raise
        with suppress(OSError):
            print(f"cannot write: {error.strerror}", file=sys.stderr)
        code = exits.UNREACHABLE
    return code if _flushed() else exits.UNREACHABLE


def _command(name: str, *rest: str) -> int:
    """Run a command and give its exit code."""
    command = import_module(f"mlc_compiler.cli.{name}")
    sub = argparse.ArgumentParser(prog=f"mlc {name}", description=COMMANDS[name])
    command.arguments(sub)
    code: int = command.run(sub.parse_args(rest))
    return code


def _flushed() -> bool:
    """Whether all that was printed is written, but for what the reader of a pipe did not wait for: nobody's loss."""
    whole = True
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # or Python tries again as it ends
            whole = whole and isinstance(error, BrokenPipeError)
    return whole


def _parser() -> argparse.ArgumentParser:
    """What reads a command line that does not begin with a command: help, the version, mistakes."""
    parser = argparse.ArgumentParser(
        prog="mlc",
        description="A compiler for machine-learning pipelines.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="commands:\n" + "\n".join(f"  {name:<12}{text}" for name, text in COMMANDS.items()),
    )
    parser.add_argument("--version", action="version", version=f"mlc {__version__}")
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help="one of the commands below")
    parser.add_argument("rest", nargs=argparse.REMAINDER, metavar="...", help="`mlc COMMAND --help` says more")
    return parser


if __name__ == "__main__":
    raise SystemExit(process())
