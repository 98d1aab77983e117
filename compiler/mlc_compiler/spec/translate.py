"""One error of pydantic's, as one finding in the language's own words."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from mlc_compiler.source.place import Path
from mlc_compiler.spec import values
from mlc_compiler.spec.describe import describe, flow
from mlc_compiler.spec.locate import Located, locate
from mlc_compiler.spec.shape import quoted

_EXPECTED = {
    "string": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "`true` or `false`",
    "dict": "a mapping",
    "model": "a mapping",
    "tuple": "a list",
}
_PATTERNS = {
    values.NAME_PATTERN: ("MLC105", "name", "a name is lower-case letters, digits and `_`, and begins with a letter"),
    values.REFERENCE_PATTERN: ("MLC105", "name", "write `name`, or `alias.name` for an included one"),
    values.PIPELINE_PATTERN: (
        "MLC105",
        "pipeline's name",
        "it is lower-case letters, digits, `-` and `_`, and begins with a letter",
    ),
    values.USE_PATTERN: (
        "MLC117",
        "path to a Python object",
        "write the whole of it, as `sklearn.linear_model.LogisticRegression`, or `functions:name` of your own",
    ),
    values.METRIC_PATTERN: ("MLC117", "metric", "write a known metric's name, or `package.module:name`"),
}
_BOUNDS = {
    "greater_than": ("greater than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}


class Finding(NamedTuple):
    """What is wrong, where, and what has to go so that the rest can be read.

    Attributes:
        code: the diagnostic's code.
        message: the diagnostic's message.
        path: where it is wrong.
        cut: what is taken out of the document before it is read again.
        absent: paths whose absence is the trouble; where one of them was cut before, there is nothing to say.
        on_key: whether the key is meant, not its value.
        why: the diagnostic's why.
        help: the diagnostic's help.
        replacement: what to write in place of the key or the text, where that is certain.
    """

    code: str
    message: str
    path: Path
    cut: Path
    absent: tuple[Path, ...] = ()
    on_key: bool = False
    why: str = ""
    help: str = ""
    replacement: str = ""


def translate(error: ErrorDetails, model: type[BaseModel], data: object) -> Finding:
    """The finding behind an error of the validation of `data` as a `model`."""
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    at = locate(model, error["loc"])
    if kind.startswith("MLC"):
        return _ours(kind, error["msg"], at, context)
    if kind == "extra_forbidden":
        return _unknown_key(at, _keys(data, at.path[:-1]))
    if kind == "missing":
        return _missing(at)
    if kind in {"union_tag_not_found", "union_tag_invalid"}:
        return _wrong_tag(kind, at, value, context)
    code, message, why, help_ = _wrong_value(kind, error["msg"], at, value, context)
    absent = (at.path,) if kind == "too_short" else ()
    near = nearest(value, _allowed(context)) if kind == "literal_error" and isinstance(value, str) else ""
    return Finding(code, message, at.path, at.path, absent, at.on_key, why, help_, near)


def _ours(code: str, message: str, at: Located, context: Mapping[str, Any]) -> Finding:
    """A finding of the models' own validators, which know the language's words already."""
    key = context.get("at") or context.get("key")
    named = next((field for field in at.model.model_fields.values() if field.alias == key), None)
    path = at.path if key is None else (*at.path, key)
    absent = tuple((*at.path, alternative) for alternative in context.get("alternatives", ()))
    return Finding(
        code,
        message,
        path,
        cut=at.path if code == "MLC102" else path,
        absent=absent,
        on_key=code in {"MLC104", "MLC115"},
        why=context.get("why", ""),
        help=context.get("help", "") or _for_example(at._replace(field=named or at.field)),
    )


def _unknown_key(at: Located, written: frozenset[str]) -> Finding:
    *parent, key = at.path
    known = [str(field.alias) for field in at.model.model_fields.values()]
    near = nearest(str(key), [name for name in known if name not in written], cutoff=0.7)
    help_ = f"did you mean `{near}`?" if near else f"known here: {quoted(known, 'and')}"
    # The key that was meant is as good as cut: that it is missing, too, is not another mistake.
    return Finding(
        "MLC101",
        f"unknown key `{str(key)[:60]}`",
        at.path,
        at.path,
        on_key=True,
        help=help_,
        absent=((*parent, near),) if near else (),
        replacement=near,
    )


def _missing(at: Located) -> Finding:
    key = at.path[-1]
    return Finding(
        "MLC102", f"`{key}` is missing", at.path, at.path[:-1], absent=(at.path,), why=_why(at), help=_for_example(at)
    )


def _wrong_tag(kind: str, at: Located, value: object, context: Mapping[str, Any]) -> Finding:
    key = str(context["discriminator"]).strip("'")
    path = (*at.path, key)
    if not isinstance(value, dict):
        return Finding(
            "MLC103", f"expected a mapping, found {describe(value)}", at.path, at.path, help=_for_example(at)
        )
    if kind == "union_tag_not_found" and key not in value:
        known = at.model.model_fields
        near = nearest(key, [str(other) for other in value if other not in known])
        help_ = f"is it meant by `{near}`?" if near else _for_example(at._replace(field=known[key]))
        return Finding("MLC102", f"`{key}` is missing", path, at.path, absent=(path,), help=help_)
    allowed = str(context.get("expected_tags", "")).replace("'", "").split(", ")
    found = describe(value.get(key))
    near = nearest(str(value.get(key)), allowed) if isinstance(value.get(key), str) else ""
    help_ = f"did you mean `{near}`?" if near else ""
    message = f"`{key}` is {quoted(allowed, 'or')}, found {found}"
    return Finding("MLC110", message, path, at.path, help=help_, replacement=near)


def _wrong_value(
    kind: str, message: str, at: Located, value: object, context: Mapping[str, Any]
) -> tuple[str, str, str, str]:
    """Code, message, why and help for a value that is not what its field holds."""
    if kind == "string_pattern_mismatch":
        code, noun, help_ = _PATTERNS.get(
            context["pattern"], ("MLC110", "such text", f"it has to match `{context['pattern']}`")
        )
        return code, f"{describe(value).removeprefix('the text ')} is no {noun}", "", help_
    if kind == "literal_error":
        allowed = _allowed(context)
        near = nearest(value, allowed) if isinstance(value, str) else ""
        help_ = f"did you mean `{near}`?" if near else ""
        return "MLC110", f"expected {quoted(allowed, 'or')}, found {describe(value)}", _why(at), help_
    if kind in _BOUNDS:
        words, bound = _BOUNDS[kind]
        return "MLC110", f"expected a number {words} {context[bound]:g}, found {describe(value)}", _why(at), ""
    if kind in {"too_short", "string_too_short"}:
        least = int(context["min_length"])
        message = "nothing is in it" if least == 1 else f"at least {least} are needed here"
        return "MLC110", message, _why(at), _for_example(at)
    expected = _EXPECTED.get(kind.removesuffix("_type"))
    if expected == "a list" and isinstance(value, str):
        return "MLC103", f"expected a list, found {describe(value)}", _why(at), f"write `[{flow(value)[:40]}]`"
    if expected is not None:
        return "MLC103", f"expected {expected}, found {describe(value)}", _why(at), _for_example(at)
    return "MLC103", message[:1].lower() + message[1:], _why(at), _for_example(at)


def _allowed(context: Mapping[str, Any]) -> list[str]:
    """The values of an enumeration."""
    return str(context["expected"]).replace("'", "").replace(" or ", ", ").split(", ")


def _why(at: Located) -> str:
    """What the field is for."""
    return (at.field.description or "") if at.field is not None else ""


def _for_example(at: Located) -> str:
    if at.field is None or not at.field.examples:
        return ""
    example = at.field.examples[0]
    return f"for example `{at.field.alias}: {flow(example)}`"


def _keys(data: object, path: Path) -> frozenset[str]:
    """The keys that are written in the mapping at a path."""
    for part in path:
        try:
            data = data[part]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            return frozenset()
    return frozenset(map(str, data)) if isinstance(data, dict) else frozenset()


def nearest(word: str, known: list[str], *, cutoff: float = 0.6) -> str:
    """The known word that was probably meant; empty where none is near."""
    near = get_close_matches(word.lower()[:60], known, n=1, cutoff=cutoff)
    return near[0] if near else ""
