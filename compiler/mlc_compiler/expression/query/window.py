"""Window functions that are no aggregates, as data; a source's SQL may use them."""

from __future__ import annotations

from mlc_compiler.expression.functions import Function
from mlc_compiler.expression.signature import Signature


def _window(name: str, signatures: str, summary: str) -> Function:
    return Function(name, tuple(Signature(text.strip()) for text in signatures.split(";")), summary, rows="required")


_SHIFT = "T -> T; any, whole -> first; T, whole, T -> T"

WINDOW_FUNCTIONS = {
    function.name: function
    for function in (
        _window("row_number", " -> int", "the row's number, from 1"),
        _window("rank", " -> int", "one more than the rows before it"),
        _window("dense_rank", " -> int", "one more than the different keys before it"),
        _window("percent_rank", " -> float", "the rank as a share"),
        _window("cume_dist", " -> float", "the share of rows up to it"),
        _window("ntile", "whole -> int", "which of so many equal parts it is in"),
        _window("lag", _SHIFT, "a value of an earlier row"),
        _window("lead", _SHIFT, "a value of a later row"),
        _window("first_value", "T -> T", "the first row's value"),
        _window("last_value", "T -> T", "the last row's value"),
        _window("nth_value", "any, whole -> first", "the value of the row of this number"),
    )
}
