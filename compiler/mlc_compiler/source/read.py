"""Bytes to a document: the one way into the compiler."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mlc_compiler.source.boundary import leads_out
from mlc_compiler.source.decode import UndecodableError, decode
from mlc_compiler.source.document import Document, Format
from mlc_compiler.source.limits import MAX_BYTES, MAX_PROBLEMS
from mlc_compiler.source.problem import Problem, UnreadableError
from mlc_compiler.source.tree import Node, extent_of

_SUFFIXES: dict[str, Format] = {".yaml": "yaml", ".yml": "yaml", ".toml": "toml"}


def read_file(path: Path, shown: str) -> Document:
    """Reads a file of a spec or an environment.

    Args:
        path: the file.
        shown: its name in messages.

    Returns:
        the document, with `problems` where the file is not there or its text is wrong.
    """
    try:
        if leads_out(path):
            raise OSError(0, "a link leads out of the repository")
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # a path with a null byte is no path
        reason = (getattr(error, "strerror", None) or "no such file").lower()
        problem = Problem(
            "MLC001", f"cannot read `{shown}`: {reason}", (0, 0), help="check the path and its permissions"
        )
        return Document(shown, "", _SUFFIXES.get(Path(shown).suffix.lower(), "yaml"), problems=(problem,))
    return read(raw, shown)


def read(raw: bytes, file: str) -> Document:
    """Reads the text of a spec or an environment; its format goes by the file's suffix.

    Args:
        raw: the file's content.
        file: its name in messages.

    Returns:
        the document; where `data` is none, `problems` says why.
    """
    suffix = Path(file).suffix.lower()
    format_ = _SUFFIXES.get(suffix)
    text = ""
    problems: list[Problem] = []
    data: Any = None
    root: Node = (0, 0)
    try:
        if format_ is None:
            raise UnreadableError(_unknown_format(suffix))
        text = decode(raw)
        with _collector_paused():
            data, root = _parse(text, format_, problems)
        if not isinstance(data, dict):
            raise UnreadableError(_not_a_mapping(data, root, text))
        if not data and not problems:
            raise UnreadableError(_EMPTY)
    except UnreadableError as error:
        problems.append(error.problem)
        data, root = None, (0, 0)
        if isinstance(error, UndecodableError):
            text = error.text
    first = sorted(problems, key=lambda problem: problem.extent)[:MAX_PROBLEMS]
    return Document(file, text, format_ or "yaml", data, tuple(first), root)


_EMPTY = Problem("MLC002", "the file is empty", (0, 0), help="start with `mlc: 1` and `name: ...`, or run `mlc init`")


def _parse(text: str, format_: Format, problems: list[Problem]) -> tuple[Any, Node]:
    # Each reader is imported when it is needed: few projects use both formats.
    if format_ == "toml":
        from mlc_compiler.source.toml_reader import read_toml

        return read_toml(text, problems)
    from mlc_compiler.source.yaml_reader import read_yaml

    return read_yaml(text, problems)


def _unknown_format(suffix: str) -> Problem:
    return Problem(
        "MLC015",
        f"`{suffix}` is no format of a spec" if suffix else "the file's name has no suffix",
        (0, 0),
        why="the suffix says in which language a file is written",
        help="name the file `.yaml`, `.yml` or `.toml`",
    )


def _not_a_mapping(data: object, root: Node, text: str) -> Problem:
    if data is None:
        return _EMPTY
    kind = "a list" if isinstance(data, list) else "a single value"
    start = extent_of(root)[0]
    return Problem(
        "MLC013",
        f"the document is {kind}, not a mapping",
        (start, min(start + 1, len(text))),
        help="write sections as `name:` with their content indented below",
    )


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Nothing that a reader builds is garbage before it returns; collecting meanwhile doubles its time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
