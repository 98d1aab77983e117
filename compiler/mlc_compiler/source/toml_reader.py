"""TOML to plain data and places: data from tomllib, places from tree-sitter, held together by a test.

A key given twice is taken out of the text (the first counts), so that everything else can still be checked.
"""

from __future__ import annotations

import datetime
import re
import tomllib
from typing import Any, Final

from mlc_compiler.source.limits import MAX_DEPTH
from mlc_compiler.source.problem import Extent, Problem, UnreadableError
from mlc_compiler.source.toml_tree import toml_tree
from mlc_compiler.source.tree import Branch

_PART = r"""(?:(?<![\w-])[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+"""
_LONG_KEY = re.compile(rf"(?:{_PART}\.[ \t]*+){{{MAX_DEPTH}}}")
_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")

_REDEFINED = re.compile(r"cannot (?:overwrite a value|mutate immutable namespace .*|declare .* twice)")
_VALUE_HELP = "put text in quotes; other values are numbers, `true`, `false`, dates, `[...]` and `{...}`"
_HELP: Final[dict[str, str]] = {
    "invalid value": _VALUE_HELP,
    "expected '=' after a key in a key/value pair": "write `key = value`",
    "invalid statement": "write `key = value` or `[section]`",
    "unclosed array": "close it with `]`",
    "unclosed inline table": "close it with `}`; an inline table stands on one line",
    "illegal character '\\n'": "close the quote on the same line, or use three quotes for a text of several lines",
    "unescaped '\\' in a string": "write `\\\\` for a backslash, or use single quotes, in which nothing is escaped",
    "expected newline or end of document after a statement": "start the next entry on a line of its own",
}


def read_toml(text: str, problems: list[Problem]) -> tuple[dict[str, Any], Branch]:
    """Reads a TOML 1.0 document.

    Args:
        text: the document.
        problems: where to add what is wrong with it but can be read past.

    Returns:
        its data (dates and times as ISO 8601 text), and where each part stands.

    Raises:
        UnreadableError: what is wrong with it so that reading could not go on.
    """
    long_key = _LONG_KEY.search(text)
    if long_key:
        raise _too_deep(long_key.span())
    raw = text.encode()
    root, edits = toml_tree(raw, text, problems)
    readable = bytearray(raw)
    for start, stop, replacement in edits:
        readable[start:stop] = replacement
    try:
        data = tomllib.loads(readable.decode())
    except tomllib.TOMLDecodeError as error:
        raise UnreadableError(_syntax_problem(text, str(error))) from None
    except RecursionError:
        raise _too_deep((0, 0)) from None
    return _plain(data), root


def _syntax_problem(text: str, complaint: str) -> Problem:
    found = _AT.search(complaint)
    message = complaint[: found.start()] if found else complaint
    message = message[:1].lower() + message[1:]
    at = len(text.rstrip())
    if found and found.group(1):
        at = _offset(text, int(found.group(1)), int(found.group(2)))
    if _REDEFINED.fullmatch(message):
        # tomllib sees it where the entry ends; the line is what people look for.
        line = text[:at].rpartition("\n")[2]
        return Problem(
            "MLC006",
            "this adds to a value that is already complete",
            (at - len(line.lstrip()), at),
            help="`{...}`, `[...]` and a single value are given in one place; write all of it there",
        )
    return Problem("MLC006", message, (at, min(at + 1, len(text))), help=_HELP.get(message, ""))


def _offset(text: str, line: int, column: int) -> int:
    """Where a line and column of tomllib stand; it counts lines and columns in a text with plain line feeds."""
    start = 0
    for _ in range(line - 1):
        start = text.index("\n", start) + 1
    return min(start + column - 1, len(text))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    return value


def _too_deep(extent: Extent) -> UnreadableError:
    return UnreadableError(
        Problem(
            "MLC005",
            f"nested deeper than {MAX_DEPTH} levels",
            extent,
            why="nothing in the language is that deep, and the depth of a file must cost bounded memory",
            help="check for an unclosed `[` or `{`",
        )
    )
