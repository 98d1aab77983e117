"""The scalar functions, as data. A test holds each signature against DuckDB's binder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlc_compiler.expression.functions import Function, Nulls
from mlc_compiler.expression.signature import Signature, constant_number
from mlc_compiler.expression.types import Type, decimal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlc_compiler.expression.tree import Node


def _whole_decimal(types: Sequence[Type], _nodes: Sequence[Node]) -> Type:
    return decimal(types[0].precision, 0)


def _rounded_decimal(types: Sequence[Type], nodes: Sequence[Node]) -> Type:
    digits = constant_number(nodes[1])
    return decimal(types[0].precision, max(0, min(types[0].scale, int(digits or 0))))


def _scalar(
    name: str, signatures: str, summary: str, *, nulls: Nulls = "null", aliases: str = "", narrow: bool = False
) -> Function:
    written = tuple(Signature(text.strip()) for text in signatures.split(";"))
    return Function(name, written, summary, nulls, tuple(aliases.split()), narrow=narrow)


_FLOAT = "float -> float"
_SAME = "int -> int; decimal -> decimal; float -> float"

_MATH = (
    _scalar("abs", _SAME, "the distance from zero"),
    Function(
        "round",
        (
            Signature("int -> int"),
            Signature("int, whole -> int"),
            Signature("decimal -> decimal", _whole_decimal),
            Signature("decimal, whole -> decimal", _rounded_decimal),
            Signature("float -> float"),
            Signature("float, whole -> float"),
        ),
        "to the nearest, so many digits after the point; halves away from zero",
    ),
    Function(
        "ceil",
        (Signature("decimal -> decimal", _whole_decimal), Signature(_FLOAT)),
        "the next whole number up",
        aliases=("ceiling",),
    ),
    Function(
        "floor",
        (Signature("decimal -> decimal", _whole_decimal), Signature(_FLOAT)),
        "the next whole number down",
    ),
    Function(
        "trunc",
        (Signature("int -> int"), Signature("decimal -> decimal", _whole_decimal), Signature(_FLOAT)),
        "without what follows the point",
    ),
    _scalar("sign", "number -> int", "-1, 0 or 1", narrow=True),
    _scalar("exp", _FLOAT, "e to the power"),
    _scalar("ln", _FLOAT, "the natural logarithm"),
    _scalar("log", _FLOAT + "; float, float -> float", "the logarithm to base 10; with two, base then value"),
    _scalar("log2", _FLOAT, "the logarithm to base 2"),
    _scalar("log10", _FLOAT, "the logarithm to base 10"),
    _scalar("sqrt", _FLOAT, "the square root"),
    _scalar("cbrt", _FLOAT, "the cube root"),
    _scalar("pow", "float, float -> float", "the first to the power of the second", aliases="power"),
    _scalar("sin", _FLOAT, "the sine, of radians"),
    _scalar("cos", _FLOAT, "the cosine, of radians"),
    _scalar("tan", _FLOAT, "the tangent, of radians"),
    _scalar("asin", _FLOAT, "the arcsine, in radians"),
    _scalar("acos", _FLOAT, "the arccosine, in radians"),
    _scalar("atan", _FLOAT, "the arctangent, in radians"),
    _scalar("atan2", "float, float -> float", "the angle of (y, x), in radians"),
    _scalar("radians", _FLOAT, "degrees as radians"),
    _scalar("degrees", _FLOAT, "radians as degrees"),
    _scalar("pi", " -> float", "the circle's constant"),
    _scalar("isnan", "float -> bool", "whether it is not a number"),
    _scalar("isinf", "float -> bool", "whether it is infinite"),
    _scalar("isfinite", "float -> bool", "whether it is neither infinite nor not a number"),
)

_CHOICE = (
    _scalar("coalesce", "T... -> T", "the first that is not null", nulls="own", aliases="ifnull"),
    _scalar("nullif", "T, T -> first", "the first, or null where it equals the second", nulls="own"),
    _scalar("greatest", "T... -> T", "the greatest, nulls passed over", nulls="skipped"),
    _scalar("least", "T... -> T", "the least, nulls passed over", nulls="skipped"),
    _scalar("if", "bool, T, T -> T", "the second where the first is true, else the third", nulls="own", aliases="iff"),
)

_STRINGS = (
    _scalar("lower", "string -> string", "in lower case", aliases="lcase"),
    _scalar("upper", "string -> string", "in upper case", aliases="ucase"),
    _scalar("trim", "string -> string; string, string -> string", "without spaces, or these characters, around it"),
    _scalar("ltrim", "string -> string; string, string -> string", "without spaces, or these characters, before it"),
    _scalar("rtrim", "string -> string; string, string -> string", "without spaces, or these characters, after it"),
    _scalar("length", "string -> int; list(any) -> int", "how many characters or items", aliases="len"),
    _scalar("substr", "string, int -> string; string, int, int -> string", "from a place counted from 1, so many"),
    _scalar("left", "string, int -> string", "its first characters"),
    _scalar("right", "string, int -> string", "its last characters"),
    _scalar("lpad", "string, whole, string -> string", "filled up before it"),
    _scalar("rpad", "string, whole, string -> string", "filled up after it"),
    _scalar("reverse", "string -> string", "backwards"),
    _scalar("repeat", "string, int -> string", "so many times"),
    _scalar("replace", "string, string, string -> string", "the second replaced by the third"),
    _scalar("translate", "string, string, string -> string", "each character of the second by that of the third"),
    _scalar("starts_with", "string, string -> bool", "whether it starts with the second", aliases="prefix"),
    _scalar("ends_with", "string, string -> bool", "whether it ends with the second", aliases="suffix"),
    _scalar("contains", "string, string -> bool", "whether the second stands in it"),
    _scalar("instr", "string, string -> int", "where the second stands in it, from 1; 0 for nowhere", aliases="strpos"),
    _scalar("split_part", "string, string, int -> string", "one part between separators, from 1"),
    _scalar("string_split", "string, string -> list(string)", "the parts between separators", aliases="split"),
    _scalar("concat", "string... -> string", "one after the other, nulls passed over", nulls="skipped"),
    _scalar(
        "concat_ws", "string, string... -> string", "the others, the first between them, nulls passed over", nulls="own"
    ),
    _scalar("regexp_matches", "string, text -> bool", "whether a regular expression is found in it"),
    _scalar(
        "regexp_extract", "string, text -> string; string, text, digit -> string", "what a regular expression finds"
    ),
    _scalar("regexp_replace", "string, text, string -> string", "the first that is found, replaced"),
    _scalar("levenshtein", "string, string -> int", "how many edits apart"),
    _scalar("jaccard", "string, string -> float", "the similarity of their sets of characters"),
    _scalar("jaro_winkler_similarity", "string, string -> float", "a similarity that favours equal beginnings"),
    _scalar("ascii", "string -> int", "the code of its first character", narrow=True),
    _scalar("md5", "string -> string", "its MD5 digest, in hexadecimal"),
    _scalar("sha256", "string -> string", "its SHA-256 digest, in hexadecimal"),
)

_TIMES = (
    *(
        _scalar(part, "timestamp -> int", f"the {words}, read in the spec's time zone", aliases=aliases)
        for part, words, aliases in (
            ("year", "year", ""),
            ("quarter", "quarter, 1 to 4", ""),
            ("month", "month, 1 to 12", ""),
            ("week", "ISO week", "weekofyear"),
            ("day", "day of the month", "dayofmonth"),
            ("hour", "hour", ""),
            ("minute", "minute", ""),
            ("second", "second", ""),
            ("dayofweek", "day of the week, Sunday 0", "weekday"),
            ("isodow", "day of the week, Monday 1", ""),
            ("dayofyear", "day of the year", ""),
            ("isoyear", "ISO year", ""),
        )
    ),
    _scalar("dayname", "timestamp -> string", "the English name of the day"),
    _scalar("monthname", "timestamp -> string", "the English name of the month"),
    _scalar("date_part", "part, timestamp -> int", "a part of a time", aliases="datepart"),
    _scalar("date_trunc", "unit, timestamp -> timestamp", "the start of its hour, day, month ...", aliases="datetrunc"),
    _scalar("date_diff", "unit, timestamp, timestamp -> int", "how many boundaries lie between", aliases="datediff"),
    _scalar("date_sub", "unit, timestamp, timestamp -> int", "how many whole units lie between", aliases="datesub"),
    _scalar("last_day", "timestamp -> date", "the last day of its month"),
    _scalar("make_date", "int, int, int -> date", "year, month, day"),
    _scalar("epoch", "timestamp -> float", "seconds since 1970-01-01 UTC"),
    _scalar("epoch_ms", "timestamp -> int", "milliseconds since 1970-01-01 UTC"),
    _scalar("epoch_us", "timestamp -> int", "microseconds since 1970-01-01 UTC"),
    _scalar("to_timestamp", "float -> timestamp", "the instant so many seconds after 1970-01-01 UTC"),
    _scalar("strftime", "timestamp, text -> string", "written in a format such as `'%Y-%m'`"),
)

_LISTS = (
    _scalar("list_contains", "list(T), T -> bool", "whether it stands in the list", aliases="array_contains list_has"),
    _scalar("list_has_any", "list(T), list(T) -> bool", "whether they have an item in common"),
    _scalar("list_has_all", "list(T), list(T) -> bool", "whether all of the second stand in the first"),
    _scalar("list_sum", "list(int) -> int; list(float) -> float", "the sum of its numbers"),
    _scalar("list_avg", "list(float) -> float", "the mean of its numbers"),
    _scalar("list_min", "list(T) -> T", "its least item"),
    _scalar("list_max", "list(T) -> T", "its greatest item"),
    _scalar("list_extract", "list(T), int -> T", "one item, from 1; null beyond the end"),
    _scalar("list_unique", "list(any) -> int", "how many different items"),
    _scalar("array_to_string", "list(string), text -> string", "its items, the second between them"),
)

SCALARS = (*_MATH, *_CHOICE, *_STRINGS, *_TIMES, *_LISTS)
