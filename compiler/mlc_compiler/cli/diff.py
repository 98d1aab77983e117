"""`mlc diff`: what a change of a spec means."""

from __future__ import annotations

import os
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlc_compiler.cli import exit as exits
from mlc_compiler.cli.inputs import same_inputs
from mlc_compiler.cli.report import add_format
from mlc_compiler.cli.revision import RevisionError, export, is_revision
from mlc_compiler.diagnostics.visible import visible
from mlc_compiler.source.boundary import inside, project_of
from mlc_compiler.source.there import exists, is_file, is_folder

if TYPE_CHECKING:
    from mlc_compiler.diff.difference import Difference

_HERE = "."
"""As a revision: the files as they lie on the disk."""

_WRONG = "has errors, and is not compared"


@dataclass(frozen=True)
class Spec:
    """A spec on one side.

    Attributes:
        path: where it lies.
        shown: its name in messages.
    """

    path: Path
    shown: str


@dataclass(frozen=True)
class Pair:
    """What is compared; a side that is not there is None."""

    base: Spec | None
    head: Spec | None

    @property
    def title(self) -> str:
        """The pair's name."""
        return (self.head or self.base or Spec(Path(), "")).shown


def arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("base", metavar="BASE", help="a spec, a folder, REVISION:PATH, or with PATH a git revision")
    parser.add_argument("head", metavar="HEAD", help="the same, of what is compared with it; `.` for the files here")
    parser.add_argument("paths", metavar="PATH", nargs="*", help="specs and folders in both revisions; all by default")
    parser.add_argument("--env", metavar="NAME", help="the environments' file name; `environment.yaml` by default")
    parser.add_argument("--exit-code", action="store_true", help="5 where there is an effect")
    add_format(parser, "text", "json", "markdown")


def run(options: Namespace) -> int:
    """Find the pairs, compare each, and report."""
    with ExitStack() as stack:
        try:
            pairs = list(_pairs(options, stack))
            _check_environments(pairs, options.env)
        except RevisionError as error:
            print(visible(f"mlc diff: {error}"), file=sys.stderr)
            return exits.WRONG_USAGE
        found = [(pair, _compare(pair, options.env)) for pair in pairs]
    _print(found, options.format)
    if any(each == _WRONG for _, each in found):
        return exits.WRONG_SPEC
    effect = any(isinstance(each, str) or each.effective for _, each in found)
    return exits.DIFFERENT if effect and options.exit_code else exits.DONE


def _check_environments(pairs: list[Pair], name: str | None) -> None:
    from mlc_compiler.cli.version import environment_of

    for pair in pairs if name is not None else ():
        if not any(side and environment_of(side.path, name) for side in (pair.base, pair.head)):
            raise RevisionError(f"there is no environment `{name}` beside `{pair.title}` on either side")


def _compare(pair: Pair, environment: str | None) -> Difference | str:
    """What changed; a text where there is nothing that can be compared."""
    from mlc_compiler.cli.version import open_version
    from mlc_compiler.diff.difference import difference

    if pair.head is None:
        return "removed pipeline"
    head = open_version(pair.head.path, pair.head.shown, environment)
    if isinstance(head, int):
        return _WRONG
    if pair.base is None:
        return "new pipeline"
    base = open_version(pair.base.path, pair.base.shown, environment, silent=True)
    return "had errors, and has none now" if isinstance(base, int) else difference(base, head)


def _print(found: list[tuple[Pair, Difference | str]], form: str) -> None:
    match form:
        case "json":
            import json

            print(json.dumps([_data(pair, each) for pair, each in found], indent=2, default=str))
        case "markdown":
            from mlc_compiler.diff.markdown import markdown

            sys.stdout.write(markdown([(pair.title, each) for pair, each in found]))
        case _:
            from mlc_compiler.diff.text import text_lines

            for pair, each in found:
                said = [visible(f"{pair.title}: {each}")] if isinstance(each, str) else text_lines(pair.title, each)
                print("\n".join(said))
            if not found:
                print("no difference")


def _data(pair: Pair, found: Difference | str) -> dict[str, Any]:
    from mlc_compiler.diff.data import difference_data

    sides = {"base": pair.base and pair.base.shown, "head": pair.head and pair.head.shown}
    return {**sides, **({"what": found} if isinstance(found, str) else difference_data(found))}


def _pairs(options: Namespace, stack: ExitStack) -> Iterator[Pair]:
    base, head = options.base, options.head
    if options.paths or not (_is_path(base) and _is_path(head)):
        here = Path()
        if options.paths or (is_revision(base, here) and (head == _HERE or is_revision(head, here))):
            roots = _root(base, stack), _root(head, stack)
            for given in options.paths or [_HERE]:
                path = os.path.relpath(given)
                yield from _matched(_below(roots[0], path), _below(roots[1], path), path)
            return
    yield from _matched(_located(base, stack), _located(head, stack), head)


def _is_path(text: str) -> bool:
    return bool(text) and exists(text)


def _root(revision: str, stack: ExitStack) -> Path:
    """The folder in which this one's files lie as of a revision."""
    if revision == _HERE:
        return Path()
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mlc-diff-")))
    return export(revision, Path(), folder)


def _located(text: str, stack: ExitStack) -> Path:
    """A path as it is, or a path in a revision as `REVISION:PATH`."""
    revision, colon, path = text.partition(":")
    if _is_path(text):
        return Path(text)
    if not colon:
        raise RevisionError(f"there is no file, folder or revision `{text}`")
    return _below(_root(revision, stack), path)


def _below(root: Path, path: str) -> Path:
    """A path as of a revision, which holds nothing of what lies outside the repository."""
    if root == Path():
        return root / path
    found = Path(os.path.normpath(root / path))  # the folder that is here may not be there
    if not inside(found, project_of(root / "_")):
        raise RevisionError(f"`{path}` lies outside the repository")
    return found


def _matched(base: Path, head: Path, shown: str) -> Iterator[Pair]:
    """The specs of two folders that belong together, by their paths, else by their names: a file may move.

    Those of folders that are not changed at all are left out.
    """
    if not exists(base) and not exists(head):
        raise RevisionError(f"there is no `{shown}` on either side")
    if exists(base) and exists(head) and is_folder(base) != is_folder(head):
        raise RevisionError(f"`{shown}` is a folder on one side and a file on the other")
    if not is_folder(base) and not is_folder(head):
        named = Path(shown)
        sides = [Spec(path, str(named.with_name(path.name))) if is_file(path) else None for path in (base, head)]
        yield Pair(sides[0], sides[1])
        return
    before, after = _specs(base, shown), _specs(head, shown)
    gone = {_name(spec.path): spec for name, spec in before.items() if name not in after}
    for name, spec in after.items():
        old = before.get(name) or gone.pop(_name(spec.path), None)
        if old is None or not same_inputs(old.path, spec.path):
            yield Pair(old, spec)
    yield from (Pair(spec, None) for spec in gone.values())


def _specs(path: Path, shown: str) -> dict[str, Spec]:
    from mlc_compiler.cli.find import find_files
    from mlc_compiler.layout import is_environment

    if not is_folder(path):
        return {"": Spec(path, shown)} if is_file(path) else {}
    files = (Path(file) for file in find_files([str(path)]))
    return {
        name: Spec(file, str(Path(shown) / name))
        for file in files
        if not is_environment(file)
        for name in [file.relative_to(path).as_posix()]
    }


def _name(path: Path) -> str:
    """The pipeline's name, by which a spec is known in whatever file it stands."""
    from mlc_compiler.source.read import read_file

    return str((read_file(path, str(path)).data or {}).get("name", ""))
