"""The user's code as keys see it, and whether what is here is what was compiled."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path

from mlc_runtime.errors import InvalidInputError


def code_digest(source: bytes) -> str:
    """The hash of a file of Python, which comments and blank lines do not change."""
    return blake2b(significant(source), digest_size=20).hexdigest()


def verify_code(files: Mapping[str, str], root: Path) -> None:
    """Hold the project's files against what was compiled.

    Args:
        files: their hashes by path, as the plan has them.
        root: the project's folder.

    Raises:
        InvalidInputError: `MLC979`, a file is missing or another one.
    """
    for name, digest in files.items():
        try:
            found = code_digest((root / name).read_bytes())
        except OSError as error:
            raise InvalidInputError("MLC979", f"`{name}` is not here: {error.strerror}", _HELP) from error
        if found != digest:
            raise InvalidInputError("MLC979", f"`{name}` is not the one that was compiled", _HELP)


_HELP = "Build the step image from the files that were compiled, and compile with its digest."


def significant(source: bytes) -> bytes:
    """Python source without comments and blank lines; anything inside a string stays."""
    try:
        text = source.decode("utf-8-sig").replace("\r\n", "\n")
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError, UnicodeDecodeError):
        return source
    lines = text.split("\n")
    blank = {token.start[0] for token in tokens if token.type == tokenize.NL and not _code_before(token, lines)}
    for token in tokens:
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column].rstrip()
    kept = [line for number, line in enumerate(lines, 1) if number not in blank]
    return "\n".join(kept).rstrip("\n").encode()


def _code_before(token: tokenize.TokenInfo, lines: list[str]) -> bool:
    """Whether the line of an NL token holds anything but white space and a comment."""
    before = lines[token.start[0] - 1][: token.start[1]].strip()
    return bool(before) and not before.startswith("#")
