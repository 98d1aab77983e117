"""A spec as one side of a comparison: checked, compiled, with its environment."""

from __future__ import annotations

from pathlib import Path

from mlc_compiler.cli.report import report, verdict
from mlc_compiler.diff.difference import Version
from mlc_compiler.diff.edits import Written
from mlc_compiler.driver import check_environment, check_file, compile_checked
from mlc_compiler.layout import default_environment
from mlc_compiler.source.there import is_file


def open_version(path: Path, shown: str, environment: str | None, *, silent: bool = False) -> Version | int:
    """Check and compile a spec, and report what is wrong; the exit code where it is not sound.

    Args:
        path: the spec.
        shown: its name in messages.
        environment: the name of its environment's file, beside it, of which there may be none on one side; the usual
            ones by default.
        silent: whether nothing is reported.
    """
    checked = check_file(path, shown)
    chosen = environment_of(path, environment)
    name = "" if chosen is None else str(Path(shown).parent / chosen.name)
    loaded, found, read = check_environment(chosen, [checked], name or None)
    diagnostics = [*checked.diagnostics, *found]
    wrong = [each for each in diagnostics if each.severity == "error"]
    if not silent:
        report(wrong, {**checked.documents, **read})
    code = verdict(wrong)
    if code:
        return code
    compiled = compile_checked(checked, path.parent.resolve())
    aliases = ("", *checked.files[0].spec.include)
    return Version(
        program=checked.program,
        graph=compiled.graph,
        plan=compiled.plan,
        code=compiled.code,
        files={alias: Written(file.spec, file.data) for alias, file in zip(aliases, checked.files, strict=True)},
        environment=Written(loaded.environment, loaded.data),
        text=tuple(document.text for document in (*checked.documents.values(), *read.values())),
    )


def environment_of(spec: Path, name: str | None) -> Path | None:
    """The environment beside a spec: the file of a name, or one of the usual ones; None where it is not there."""
    if name is None:
        return default_environment(spec.parent)
    return spec.parent / name if is_file(spec.parent / name) else None
