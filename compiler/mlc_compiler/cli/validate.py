"""`mlc validate`: all diagnostics of specs and environments."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from mlc_compiler.cli import exit as exits
from mlc_compiler.cli.find import find_files, is_environment
from mlc_compiler.cli.report import add_format, report, verdict
from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_compiler.source.document import Document

if TYPE_CHECKING:
    from mlc_compiler.driver import Checked
    from mlc_compiler.spec.load import LoadedEnvironment
    from mlc_compiler.target import Target


def arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a spec, an environment, or a folder of them")
    parser.add_argument("--env", metavar="FILE", help="the environment that the specs are meant for")
    parser.add_argument("--target", metavar="NAME", help="tell, too, what this target cannot do")
    parser.add_argument("--strict", action="store_true", help="warnings are errors")
    add_format(parser, "text", "json", "github")


def run(options: Namespace) -> int:
    """Check every file."""
    from mlc_compiler.cli.place import default_environment
    from mlc_compiler.driver import check_environment, check_file

    target = None
    if options.target is not None:
        # Targets know graphs and plans, which checking alone needs not.
        from mlc_compiler.cli.targets import find_target

        target = find_target(options.target)
        if target is None:
            return exits.WRONG_USAGE
    diagnostics: list[Diagnostic] = []
    documents: dict[str, Document] = {}
    meant: dict[str, list[Checked]] = {options.env: []} if options.env else {}
    specs: list[str] = []
    for path in dict.fromkeys(find_files(options.paths)):
        if is_environment(Path(path)):
            meant.setdefault(path, [])
        else:
            specs.append(path)
    for path in specs:
        checked = check_file(Path(path), path)
        diagnostics += checked.diagnostics
        documents |= checked.documents
        environment = options.env or default_environment(Path(path).parent)
        if environment is not None or target is not None:
            meant.setdefault(str(environment or ""), []).append(checked)
    for path, asking in meant.items():
        loaded, found, read = check_environment(Path(path) if path else None, asking)
        diagnostics += found
        documents |= read
        if target is not None and not verdict(found):
            diagnostics += [each for spec in asking if spec.sound for each in _unsuitable(target, spec, loaded)]
    if not meant and not specs:
        print("no specs found", file=sys.stderr)
        return exits.WRONG_USAGE
    report(diagnostics, documents, options.format)
    code = verdict(diagnostics, strict=options.strict)
    if code == exits.DONE and options.format == "text":
        count = len(documents)
        print(f"{count} {'file' if count == 1 else 'files'} checked: no errors")
    return code


def _unsuitable(target: Target, spec: Checked, loaded: LoadedEnvironment) -> tuple[Diagnostic, ...]:
    """What a target cannot do of what a spec asks for."""
    from mlc_compiler.cli.project import site_of
    from mlc_compiler.cli.suitable import suit
    from mlc_compiler.driver import Optimiser, compile_checked
    from mlc_compiler.passes.facts import Facts
    from mlc_compiler.plan.override import override
    from mlc_compiler.target import Files, costs_of

    file = next(iter(spec.documents))
    root = Path(file).parent.resolve()
    plan = override(
        compile_checked(spec, root, Optimiser(facts=Facts(costs_of(target)))).plan, loaded.environment.overrides
    )
    site = site_of(loaded.environment, Path(loaded.file).parent.resolve(), root)
    return suit(target, plan, site, Files(file, loaded.file)).diagnostics
