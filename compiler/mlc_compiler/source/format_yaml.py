"""YAML in canonical form, through ruamel.yaml's round trip, which keeps comments."""

from __future__ import annotations

import io
from bisect import bisect_right
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.resolver import VersionedResolver
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, SingleQuotedScalarString

from mlc_compiler.source.comments import comments, scalars
from mlc_compiler.source.document import Document
from mlc_compiler.source.problem import Extent
from mlc_compiler.source.read import read
from mlc_compiler.source.wrap_yaml import MAX_WIDTH, wrap_yaml

_ONE_LINE: Final = 1_000_000
"""A width at which ruamel.yaml breaks no line; where it breaks one, it may write what is not YAML."""

_MAX_LINES: Final = 4
"""Lines that `{...}` and `[...]` may fill."""

_SECTION: Final = 2
"""How deep the entries of sections lie; what is above them is on one line or a block."""


class _TextResolver(VersionedResolver):
    """Leaves every plain scalar the text that it is, so `1_000`, `0o17`, `NO` and `<<` come out as they went in."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        if kind is ScalarNode and implicit[0]:
            return self.DEFAULT_SCALAR_TAG
        return super().resolve(kind, value, implicit)


def format_yaml(document: Document) -> str | None:
    """The text with every level indented by two, one space between tokens, and double quotes where any will do.

    `{...}` and `[...]` fill up to four lines, sections only one; what is longer becomes a block. Before and after:

        steps:
            drift: {use: 'checks:psi',timeout: 10m}      # slow
        steps:
          drift: {use: "checks:psi", timeout: 10m}  # slow

    Returns:
        the text, or none where ruamel.yaml does not carry it through.
    """
    yaml = YAML()
    yaml.Resolver = _TextResolver
    yaml.preserve_quotes = True
    yaml.width = _ONE_LINE
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = io.StringIO()
    try:
        data = yaml.load(document.text)
        yaml.dump(_canonical(data), stream)
    except (YAMLError, NotImplementedError, TypeError, ValueError, AttributeError):
        return None
    placed = _place_comments(document, read(stream.getvalue().encode(), document.file))
    return wrap_yaml(read(placed.encode(), document.file)) if placed is not None else None


def _canonical(value: Any, depth: int = 0) -> Any:
    """The data with its styles set: double quotes where no escape is needed, a block where braces get too long.

    Args:
        value: what ruamel.yaml loaded; changed in place where it is a collection.
        depth: how many collections it lies in.
    """
    if isinstance(value, CommentedMap | CommentedSeq):
        if value.fa.flow_style() and _width(value) > MAX_WIDTH * (1 if depth < _SECTION else _MAX_LINES):
            value.fa.set_block_style()
        for key, item in list(value.items() if isinstance(value, CommentedMap) else enumerate(value)):
            value[key] = _canonical(item, depth + 1)
    elif isinstance(value, SingleQuotedScalarString) and value.yaml_anchor() is None:
        escapes = '"' in value or "\\" in value or not value.replace("\n", "").isprintable()
        return value if escapes else DoubleQuotedScalarString(value)
    return value


def _width(value: Any) -> int:
    """How many columns a value takes on one line, about."""
    if isinstance(value, CommentedMap):
        return sum(len(str(key)) + 4 + _width(item) for key, item in value.items())
    if isinstance(value, CommentedSeq):
        return sum(2 + _width(item) for item in value)
    return len(str(value)) + 2 * isinstance(value, SingleQuotedScalarString | DoubleQuotedScalarString)


def _place_comments(before: Document, after: Document) -> str | None:
    """The text with comments beside a line two spaces from it, and those on their own where their block now is."""
    old, new = comments(before), comments(after)
    old_scalars, new_scalars = scalars(before), scalars(after)
    if len(old_scalars) != len(new_scalars) or _texts(before, old) != _texts(after, new):
        return None
    text, at = "", 0
    for was, now in zip(old, new, strict=True):
        if not _is_alone(after, now[0]):
            text += after.text[at : now[0]].rstrip(" ") + "  "
        else:
            # A comment that stood beside a line until ruamel.yaml moved it has no old block of its own.
            known = _is_alone(before, was[0])
            anchor = _neighbour(before, was[0], old_scalars) if known else _neighbour(after, now[0], new_scalars)
            indent = _indent(after, new_scalars[anchor][0]) if anchor is not None else 0
            text += after.text[at : now[0]].rstrip(" ") + " " * indent
        text += after.text[slice(*now)].rstrip()
        at = now[1]
    return text + after.text[at:]


def _neighbour(document: Document, comment: int, taken: list[Extent]) -> int | None:
    """The scalar whose line a comment is in line with: the next one, unless a block ends between and has it."""
    column = document.position(comment).column - 1
    following = bisect_right(taken, (comment, comment))
    if following < len(taken):
        closing = _indent(document, taken[following][0])
        opened = _indent(document, taken[following - 1][0]) if following else 0
        if column <= closing or opened <= closing:
            return following
    for index in range(following - 1, -1, -1):
        if _indent(document, taken[index][0]) <= column:
            return index if column else None
    return None


def _is_alone(document: Document, comment: int) -> bool:
    """Whether a comment has its line for itself."""
    position = document.position(comment)
    return not document.line(position.line)[: position.column - 1].strip()


def _indent(document: Document, offset: int) -> int:
    line = document.line(document.position(offset).line)
    return len(line) - len(line.lstrip(" "))


def _texts(document: Document, extents: list[Extent]) -> list[str]:
    return [document.text[start:end].rstrip() for start, end in extents]
