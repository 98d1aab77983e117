"""Text to tokens with their places, in DuckDB's spelling."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mlc_compiler.expression.problem import Problem, SyntaxProblem

if TYPE_CHECKING:
    from collections.abc import Iterator

TokenKind = Literal["word", "quoted", "number", "string", "variable", "operator", "end"]


@dataclass(frozen=True, slots=True)
class Token:
    """A token at `start <= i < end`.

    `text` is what it means: a string or quoted name without its quotes, a variable without its `$`; a word keeps
    its case.
    """

    kind: TokenKind
    text: str
    start: int
    end: int

    @property
    def keyword(self) -> str:
        """A bare word in lower case; empty for all else, so that a quoted name is never a keyword."""
        return self.text.lower() if self.kind == "word" else ""

    @property
    def spelling(self) -> str:
        """The operator or keyword that it is; empty for all else."""
        return self.text if self.kind == "operator" else self.keyword

    @property
    def shown(self) -> str:
        """As a message shows it."""
        return (
            "a string" if self.kind == "string" else f"`${self.text}`" if self.kind == "variable" else f"`{self.text}`"
        )


_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<comment>--|/\*)
  | (?P<number>(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<escape>[eExXbB]'|\$\w*\$)
  | (?P<word>[^\W\d]\w*)
  | (?P<string>'(?:[^']|'')*')
  | (?P<quoted>"(?:[^"]|"")+")
  | (?P<variable>\$[^\W\d]\w*)
  | (?P<foreign>->>|->|=>|:=|<<|>>|\*\*|<@|@>|&&|!~~\*?|~~~|~~\*?|!~\*?|\^@|!(?!=)|:(?!:)|\|(?!\|)|[~^&@\#?;{}\\$`])
  | (?P<operator>::|<=|>=|<>|!=|==|\|\||//|[-+*/%<>=(),.\[\]])
    """,
    re.VERBOSE,
)

_FOREIGN_HELP = {
    ";": "an expression is one value; leave the semicolon out",
    "**": "write `pow(a, b)`",
    "^": "write `pow(a, b)`",
    "~": "write `regexp_matches(text, pattern)`",
    "!": "write `not` or `!=`",
    "&&": "write `and`",
    "|": "write `or`",
    "`": 'a name with unusual characters is quoted with `"`',
    "?": "a parameter is written `$name`",
    "$": "a parameter is written `$name`",
    ":": "a cast is written `::`",
}


def tokens(text: str) -> Iterator[Token]:
    """The tokens of `text`, an `end` token last.

    Raises:
        SyntaxProblem: at the first character that starts no token.
    """
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise SyntaxProblem(_no_token(text, position))
        kind, start, end = match.lastgroup, match.start(), match.end()
        position = end
        raw = match[0]
        if kind == "number" and text[end : end + 1].isalpha():
            message = f"a name cannot start with a digit: `{raw}{text[end]}`"
            raise SyntaxProblem(Problem(start, end + 1, "MLC301", message))
        match kind:
            case "word" | "operator" | "number":
                yield Token(kind, raw, start, end)
            case "string":
                yield Token("string", raw[1:-1].replace("''", "'"), start, end)
            case "quoted":
                yield Token("quoted", raw[1:-1].replace('""', '"'), start, end)
            case "variable":
                yield Token("variable", raw[1:], start, end)
            case "comment":
                help_ = "comments belong into the document, after `#`"
                raise SyntaxProblem(Problem(start, end, "MLC302", "an expression holds no comment", help=help_))
            case "escape":
                message = f"strings are written with plain quotes, not as `{raw}`"
                raise SyntaxProblem(Problem(start, end, "MLC302", message, help="write `'it''s'` for a quote inside"))
            case "foreign":
                message = f"`{raw}` is not an operator of the language"
                raise SyntaxProblem(Problem(start, end, "MLC302", message, help=_FOREIGN_HELP.get(raw, "")))
    yield Token("end", "", len(text), len(text))


def _no_token(text: str, position: int) -> Problem:
    if text[position] in "'\"":
        what = "string" if text[position] == "'" else "quoted name"
        return Problem(position, len(text), "MLC301", f"this {what} does not end", help="close its quote")
    return Problem(position, position + 1, "MLC301", f"unexpected character `{text[position]!a}`".replace("'", ""))
