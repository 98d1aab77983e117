"""`mlc init`: a project that runs at once."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from mlc_compiler.cli import exit as exits
from mlc_compiler.cli.write import write_files
from mlc_compiler.source.there import exists


def arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("folder", nargs="?", default=".", metavar="DIR", help="where; here by default")
    parser.add_argument("--toml", action="store_true", help="the spec in TOML instead of YAML")


def run(options: Namespace) -> int:
    """Write the template, and the schemas that editors complete from; existing files are never touched."""
    from mlc_compiler.spec.schema import schemas

    folder = Path(options.folder)
    left_out = "pipeline.yaml" if options.toml else "pipeline.toml"
    wanted = {name: data for name, data in _contents(files("mlc_compiler.cli") / "template") if name != left_out}
    wanted |= {f"schemas/{name}": text.encode() for name, text in schemas().items()}
    taken = [name for name in wanted if exists(folder / name)]
    if taken:
        print(f"not written: {', '.join(sorted(taken))} exist in {folder}", file=sys.stderr)
        return exits.WRONG_USAGE
    if not write_files({folder / name: data for name, data in wanted.items()}):
        return exits.UNREACHABLE
    spec = folder / ("pipeline.toml" if options.toml else "pipeline.yaml")
    print(f"wrote {len(wanted)} files; next:\n  mlc validate {spec}\n  mlc run {spec}")
    return exits.DONE


def _contents(folder: Traversable, prefix: str = "") -> list[tuple[str, bytes]]:
    """The files below a folder, by name relative to it."""
    found: list[tuple[str, bytes]] = []
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.name == "__pycache__":
            continue
        name = f"{prefix}{item.name}"
        found += _contents(item, f"{name}/") if item.is_dir() else [(name, item.read_bytes())]
    return found
