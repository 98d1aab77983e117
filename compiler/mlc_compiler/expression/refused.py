"""Names that SQL has and the language refuses, with the reason and the way round."""

from __future__ import annotations

_CLOCK = (
    "the clock would make two runs over the same data differ",
    "use `$at` for the moment of prediction, or `$as_of` for the run's logical time",
)
_RANDOM = (
    "randomness would make two runs over the same data differ",
    "random choices are made by `split`, `search` and models, and follow from `seed`",
)
_UNORDERED = ("which row is taken would be left to chance", "use `first(x order by y)`, or `min` or `max`")
_APPROXIMATE = ("its result depends on how the rows are spread over threads", "use the exact aggregate")
_TABLE = ("an expression gives one value", "read tables in a source's `sql`")
_OUTSIDE = ("an expression reads nothing but its columns", "declare a source that reads it")

REFUSED_FUNCTIONS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(
        ("now", "today", "get_current_time", "get_current_timestamp", "transaction_timestamp", "current_localtime"),
        _CLOCK,
    ),
    **dict.fromkeys(("current_localtimestamp", "age"), _CLOCK),
    **dict.fromkeys(("random", "rand", "setseed", "uuid", "gen_random_uuid", "nextval", "currval"), _RANDOM),
    **dict.fromkeys(("any_value", "arbitrary"), _UNORDERED),
    **dict.fromkeys(("approx_count_distinct", "approx_quantile", "approx_top_k", "reservoir_quantile"), _APPROXIMATE),
    **dict.fromkeys(("unnest", "generate_series", "range", "generate_subscripts"), _TABLE),
    **dict.fromkeys(
        ("read_csv", "read_csv_auto", "read_parquet", "parquet_scan", "read_json", "read_json_auto", "read_text"),
        _OUTSIDE,
    ),
    **dict.fromkeys(("read_blob", "glob", "getenv", "sqlite_scan", "postgres_scan", "query", "query_table"), _OUTSIDE),
}
"""A function's name: why it is refused, what to do instead."""

CLOCK_WORDS = frozenset(("current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"))
"""Words that read the clock without parentheses."""

CLOCK = _CLOCK

_QUERY = ("an expression holds no query", "", "queries belong into a source's `sql`")

REFUSED_SYNTAX: dict[str, tuple[str, str, str]] = {
    **dict.fromkeys(("Query", "Exists"), _QUERY),
    "Star": ("`*` stands for no value", "", "only `count(*)` takes it"),
    "Tuple": ("`(a, b)` is no value", "", "a list is written `[a, b]`"),
    "Bracket": ("`[...]` after a value is not in the language", "", "write `list_extract(list, place)`"),
    "Alias": ("a name for a value cannot stand here", "", "put a comma or an operator between the two"),
    "Concat": ("two strings stand beside one another", "", "join them with `||`"),
    "WithinGroup": ("`within group` is not in the language", "", "write `quantile_cont(x, 0.5)`"),
    "Window": (
        "window functions are not in the language",
        "",
        "a feature with a `window` looks back over rows; a source's `sql` may use window functions",
    ),
}
"""What sqlglot calls a construct: the message, why, what to do instead."""
