"""`mlc compile`: a target's files."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from mlc_compiler.cli import exit as exits
from mlc_compiler.cli.project import add_project, open_project


def arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_project(parser)
    parser.add_argument("--target", metavar="NAME", default="local", help="the target; `mlc targets` lists them")
    parser.add_argument("--out", metavar="DIR", help="where files are written; `build/PIPELINE/TARGET` by default")
    parser.add_argument("--certificate", action="store_true", help="print each limit of the target, and how far it is")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where files differ")


def run(options: Namespace) -> int:
    """Compile, and write the files or compare them with those on disk."""
    from mlc_compiler.cli.certificate import certificate_text
    from mlc_compiler.cli.source_map import SOURCE_MAP, source_map
    from mlc_compiler.cli.suitable import suit_project
    from mlc_compiler.cli.targets import find_target
    from mlc_compiler.cli.write import write_files
    from mlc_compiler.layout import spec_in
    from mlc_compiler.target import Traced, costs_of

    target = find_target(options.target)
    if target is None:
        return exits.WRONG_USAGE
    project = open_project(options, costs_of(target))
    if isinstance(project, int):
        return project
    suited = suit_project(target, project)
    if isinstance(suited, int):
        return suited
    plan = project.plan
    folder = Path(options.out) if options.out else Path("build") / plan.name / target.name
    files = dict(suited.files)
    if isinstance(target, Traced):
        files[SOURCE_MAP] = source_map(target.trace(plan, files), spec_in(Path(options.spec)), folder)
    placed = {folder / name: data for name, data in files.items()}
    if options.check:
        differing = [path for path, data in placed.items() if _differs(path, data)]
        for path in differing:
            print(f"differs: {path}", file=sys.stderr)
        return exits.DIFFERENT if differing else exits.DONE
    if not write_files(placed):
        return exits.UNREACHABLE
    print(certificate_text(suited.certificate) if options.certificate else "\n".join(map(str, placed)))
    return exits.DONE


def _differs(path: Path, data: bytes) -> bool:
    try:
        return path.read_bytes() != data
    except (OSError, ValueError):
        return True
