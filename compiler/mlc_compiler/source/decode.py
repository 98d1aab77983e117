"""Bytes to text: UTF-8 without what hides or reorders it."""

from __future__ import annotations

import codecs
import re

from mlc_compiler.source.limits import MAX_BYTES
from mlc_compiler.source.problem import Problem, UnreadableError

# Beside controls: U+0085, U+2028 and U+2029, which end a line for some readers and not for others, the byte
# order mark, and what is no character at all.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_WIDE_MARKS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class UndecodableError(UnreadableError):
    """Bytes that are no text; carries what can be shown of them."""

    def __init__(self, problem: Problem, text: str) -> None:
        super().__init__(problem)
        self.text = text


def decode(raw: bytes) -> str:
    """UTF-8 text without its byte order mark.

    Raises:
        UndecodableError: it is too large, in another encoding, or holds a character that does not belong in a text.
    """
    if len(raw) > MAX_BYTES:
        raise UndecodableError(
            Problem(
                "MLC005",
                f"the file is larger than {MAX_BYTES // 2**20} MiB",
                (0, 0),
                why="a spec is short; a file must cost bounded time and memory",
                help="keep data out of the spec, and share parts through `include`",
            ),
            "",
        )
    if raw.startswith(_WIDE_MARKS) or raw[:2].count(0) == 1:
        raise UndecodableError(
            Problem(
                "MLC003",
                "the file is not UTF-8 but UTF-16 or UTF-32",
                (0, 0),
                help="save it as UTF-8 (in most editors a choice of the `save as` dialogue)",
            ),
            "",
        )
    try:
        text = raw.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode()
        byte = error.object[error.start]
        raise UndecodableError(
            Problem(
                "MLC003",
                f"byte 0x{byte:02X} is not UTF-8",
                (len(before), len(before) + 1),
                why="specs are UTF-8; the file may have been saved in another encoding, such as Latin-1",
                help="save the file as UTF-8",
            ),
            bytes(error.object).decode(errors="replace"),
        ) from None
    found = _FORBIDDEN.search(text)
    if found:
        number = f"{ord(found.group()):04X}"
        raise UndecodableError(
            Problem(
                "MLC004",
                f"character U+{number} does not belong in a text",
                found.span(),
                why="it is invisible, and readers disagree about what it means",
                help=f'delete it; where a value needs it, write it in double quotes as `"\\u{number}"`',
            ),
            text,
        )
    return text
