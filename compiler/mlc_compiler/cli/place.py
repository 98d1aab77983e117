"""Which store a command is about, without checking or compiling a spec."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from mlc_compiler.layout import default_environment

if TYPE_CHECKING:
    from mlc_compiler.spec.environment import StorePlace

STORE = ".mlc"
"""The folder of artifacts beside a spec, where the environment names no other."""


def add_store(parser: ArgumentParser) -> None:
    """The options that say whose store it is."""
    parser.add_argument("--spec", metavar="SPEC", help="the spec whose project it is; the current folder's by default")
    parser.add_argument("--env", metavar="FILE", help="the environment; `environment.yaml` beside the spec by default")
    parser.add_argument("--store", metavar="DIR", help="the store itself")


def store_of(options: Namespace) -> str:
    """The store that the options name."""
    if options.store:
        return str(options.store)
    folder = Path(options.spec).parent if options.spec else Path()
    chosen = Path(options.env) if options.env else default_environment(folder)
    if chosen is not None:
        from mlc_compiler.driver import check_environment

        environment = check_environment(chosen)[0].environment
        if environment.store is not None:
            return store_path(environment.store, chosen.parent)
    return str(folder.resolve() / STORE)


def store_path(place: StorePlace, folder: Path) -> str:
    """A store's address as an environment in a folder writes it, absolute where it is a folder."""
    from mlc_runtime.store import store_address

    return store_address(place.model_dump()) if "://" in place.path else str(folder.resolve() / place.path)
