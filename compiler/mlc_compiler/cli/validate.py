"""`mlc validate`: all diagnostics of specs and environments."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from mlc_compiler.cli import exit as exits
from mlc_compiler.cli.find import find_files
from mlc_compiler.cli.report import add_format, report, verdict
from mlc_compiler.layout import default_environment, is_environment


def arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a spec, an environment, or a folder of them")
    parser.add_argument("--env", metavar="FILE", help="the environment that the specs are meant for")
    parser.add_argument("--target", metavar="NAME", help="tell, too, what this target cannot do")
    parser.add_argument("--strict", action="store_true", help="warnings are errors")
    add_format(parser, "text", "json", "github", "sarif")


def run(options: Namespace) -> int:
    """Check every file."""
    from mlc_compiler.cli.batch import check_all

    if options.target is not None:
        from mlc_compiler.cli.targets import find_target

        if find_target(options.target) is None:
            return exits.WRONG_USAGE
    groups = _groups(options)
    if not groups:
        print("no specs found", file=sys.stderr)
        return exits.WRONG_USAGE
    found = check_all(groups.items(), options.target)
    report(found.diagnostics, found.documents, options.format)
    code = verdict(found.diagnostics, strict=options.strict)
    if code == exits.DONE and options.format == "text":
        count = len(found.files)
        print(f"{count} {'file' if count == 1 else 'files'} checked: no errors")
    return code


def _groups(options: Namespace) -> dict[str | None, list[str]]:
    """The specs by the environment that they are meant for: its file, or "" or None where there is none."""
    groups: dict[str | None, list[str]] = {options.env: []} if options.env else {}
    specs: list[str] = []
    for path in dict.fromkeys(find_files(options.paths)):
        if is_environment(Path(path)):
            groups.setdefault(path, [])
        else:
            specs.append(path)
    for path in specs:
        environment = options.env or default_environment(Path(path).parent)
        nowhere = None if options.target is None else ""
        groups.setdefault(nowhere if environment is None else str(environment), []).append(path)
    return groups
