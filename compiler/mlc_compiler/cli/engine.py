"""The engine that a command is about: a target that runs pipelines elsewhere, and where that is."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlc_compiler.cli import exit as exits
from mlc_compiler.target import EngineError, Submitter, target_names


@dataclass(frozen=True)
class Engine:
    """An engine, and the environment in which it is.

    Attributes:
        target: hands runs to it.
        environment: the document as plain data.
    """

    target: Submitter
    environment: dict[str, Any]


def add_engine(parser: ArgumentParser) -> None:
    """The argument that names a run, and the options that say where it is."""
    parser.add_argument("run", metavar="RUN", help="the run's name, as `mlc submit` printed it")
    parser.add_argument(
        "--target", metavar="NAME", help="the target; the one that the environment has settings of by default"
    )
    parser.add_argument("--env", metavar="FILE", help="the environment; `environment.yaml` of this folder by default")


def find_submitter(name: str | None, settings: Collection[str]) -> Submitter | None:
    """A target with an engine; None, with a message, where there is none.

    Args:
        name: its name; where it is None, the only one that there is, or that the environment has settings of.
        settings: the targets that the environment has settings of.
    """
    from mlc_compiler.cli.targets import find_target

    if name is not None:
        target = find_target(name)
        if target is not None and not isinstance(target, Submitter):
            print(f"target `{name}` has no engine to hand runs to", file=sys.stderr)
        return target if isinstance(target, Submitter) else None
    able = [target for name in target_names() if isinstance(target := find_target(name), Submitter)]
    if len(able) > 1:
        able = [target for target in able if target.name in settings] or able
    if len(able) != 1:
        print(f"name the target: --target {' | '.join(target.name for target in able) or 'NAME'}", file=sys.stderr)
        return None
    return able[0]


def with_engine(options: Namespace, act: Callable[[Engine], int]) -> int:
    """Do something with the engine that the options name; the exit code."""
    from mlc_compiler.cli.project import site_of
    from mlc_compiler.cli.report import report, verdict
    from mlc_compiler.driver import check_environment
    from mlc_compiler.layout import default_environment

    file = Path(options.env) if options.env else default_environment(Path())
    loaded, found, documents = check_environment(file)
    report(found, documents)
    if verdict(found):
        return verdict(found)
    target = find_submitter(options.target, loaded.environment.targets)
    if target is None:
        return exits.WRONG_USAGE
    folder = Path() if file is None else file.parent
    return guarded(lambda: act(Engine(target, site_of(loaded.environment, folder.resolve(), folder.resolve()))))


def guarded(act: Callable[[], int]) -> int:
    """Do something, and say in a line what the engine would not."""
    try:
        return act()
    except EngineError as error:
        print(error.message + (f"; {error.help}" if error.help else ""), file=sys.stderr)
        return exits.WRONG_USAGE if error.reached else exits.UNREACHABLE
