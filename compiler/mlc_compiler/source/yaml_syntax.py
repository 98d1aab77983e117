"""libyaml's complaints in the words of someone who writes a spec."""

from __future__ import annotations

import re
from typing import Final

import yaml

from mlc_compiler.source.comma_trap import unclosed_call
from mlc_compiler.source.problem import Extent, Problem

_TAB = ("a tab cannot indent", "indent with spaces, two for each level")
_NAMES = {"`": "a backtick"}
_CONTEXTS = {
    "while parsing a flow mapping": "opened here",
    "while parsing a flow sequence": "opened here",
    "while scanning a quoted scalar": "opened here",
    "while parsing a block mapping": "in the mapping that starts here",
    "while parsing a block collection": "in the list that starts here",
}
_PLAIN_WORDS: Final[dict[str, tuple[str, str]]] = {
    "found character that cannot start any token": (
        "a value cannot start with this character",
        "put the value in quotes",
    ),
    "mapping values are not allowed in this context": (
        "unexpected `:`",
        "put a value that holds `: ` in quotes; if a mapping was meant, start it on a line of its own",
    ),
    "did not find expected key": (
        "expected a key at this indentation",
        "line the entry up with its siblings; check the quotes and brackets of the lines above",
    ),
    "did not find expected '-' indicator": (
        "expected `-` at this indentation",
        "line the item up with its siblings; check the quotes and brackets of the lines above",
    ),
    "did not find expected ',' or '}'": ("expected `,` or `}`", "close the `{`, or quote the value before this"),
    "did not find expected ',' or ']'": ("expected `,` or `]`", "close the `[`, or quote the value before this"),
    "could not find expected ':'": ("expected `:` after a key", "write `key: value`, or quote a text of several lines"),
    "found unexpected end of stream": ("a quote is opened and never closed", "close it with the same quote"),
    "found unknown escape character": (
        "unknown escape in a text in double quotes",
        "write `\\\\` for a backslash, or use single quotes, in which nothing is escaped",
    ),
    "block sequence entries are not allowed in this context": (
        "a list cannot start here",
        "start the list on the line after its key",
    ),
    "did not find expected node content": ("expected a value", "write a value here, or delete the `,` or bracket"),
    "did not find expected <document start>": (
        "unexpected text after the document's end",
        "check the indentation of this line; a mapping's entries start in the same column",
    ),
    "found a tab character that violates indentation": _TAB,
    "found a tab character where an indentation space is expected": _TAB,
}

_AFTER_A_KEY: Final = {"could not find expected ':'", "mapping values are not allowed in this context"}
_JOINED_KEY: Final = re.compile(r"^[ ]*(?:- +)*[A-Za-z_][\w.-]*(?P<colon>:)(?P<value>[^\s:/][^\r\n]*)$", re.MULTILINE)
"""A line of a key, a colon and a value without a blank between; `scheme://` is no key."""


def syntax_problem(text: str, error: yaml.MarkedYAMLError) -> Problem:
    """What a parse error of libyaml means, at its place in the text."""
    mark = error.problem_mark or error.context_mark
    failed: int = mark.index if mark else len(text)
    context: int | None = error.context_mark.index if error.context_mark else None
    if context is not None and text[context : context + 1] in {"{", "["}:
        cut = unclosed_call(text, context, failed)
        if cut is not None:
            return cut
    complaint = error.problem or "not YAML"
    if context is not None and complaint == "found unexpected end of stream":
        # Where the text ends says nothing; where the quote opens does.
        failed = context
    if complaint in _AFTER_A_KEY:
        joined = _joined_key(text, failed if context is None or context >= failed else context, failed)
        if joined is not None:
            return joined
    message, help_ = _PLAIN_WORDS.get(complaint, (complaint.removeprefix("found "), ""))
    char = text[failed : failed + 1]
    if complaint == "found character that cannot start any token":
        message, help_ = _TAB if char == "\t" else (f"a value cannot start with {_NAMES.get(char, f'`{char}`')}", help_)
    related: tuple[tuple[Extent, str], ...] = ()
    if context is not None and context != failed and error.context in _CONTEXTS:
        related = (((context, context + 1), _CONTEXTS[error.context]),)
    return Problem("MLC006", message, (failed, failed + len(char.strip("\r\n"))), help=help_, related=related)


def _joined_key(text: str, start: int, failed: int) -> Problem | None:
    """A blank that is missing after a key's colon makes one text of the key, its value and the next line.

    libyaml notices at the next line's colon. The line to blame is the one where that text began, or the one before.
    """
    begin = text.rfind("\n", 0, start) + 1
    if begin and start == failed:
        begin = text.rfind("\n", 0, begin - 1) + 1
    found = _JOINED_KEY.match(text, begin)
    if found is None or found.start("colon") >= failed:
        return None
    key = text[begin : found.start("colon")].lstrip(" -")
    return Problem(
        "MLC006",
        f"no blank after `{key}:`",
        found.span("colon"),
        why="without one, the key, the colon and what follows are one text",
        help=f"write `{key}: {found['value'].strip()[:40]}`",
        replacement=": ",
    )
