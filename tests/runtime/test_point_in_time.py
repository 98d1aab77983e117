"""`features` and `outcome` against a brute-force reading of the language, in plain Python, on random tables."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlc_runtime.context import Context
from mlc_runtime.ops import features, outcome
from mlc_runtime.pit import candidates

HOUR = 3_600_000_000
ZONE = "America/New_York"
BASE = int(datetime(2024, 3, 10, tzinfo=UTC).timestamp()) * 1_000_000  # clocks go forward at 7:00 UTC
INSTANT = pa.timestamp("us", tz="UTC")

Row = dict[str, Any]


def as_float(value: Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.copysign(math.inf, value)


def float_sum(values: list[float], over: int = 1) -> float:
    special = [value for value in values if not math.isfinite(value)]
    return sum(special) if special else as_float(sum(map(Fraction, values), Fraction(0)) / over)


def variance(values: list[float], free: int) -> float | None:
    if len(values) <= free:
        return None
    if not all(map(math.isfinite, values)):
        return math.nan
    exact = [Fraction(value) for value in values]
    mean = sum(exact) / len(exact)
    return as_float(sum((value - mean) ** 2 for value in exact) / (len(exact) - free))


def central(values: list[Fraction], others: list[Fraction]) -> Fraction:
    """n times the covariance."""
    return sum((x * y for x, y in zip(values, others, strict=True)), Fraction(0)) - sum(values) * sum(others) / len(
        values
    )


def moment(values: list[Fraction], power: int) -> Fraction:
    mean = sum(values) / len(values)
    return sum(((value - mean) ** power for value in values), Fraction(0)) / len(values)


def skewness(values: list[int]) -> float | None:
    n, exact = len(values), [Fraction(value) for value in values]
    if n < 3 or not moment(exact, 2):
        return None
    square = moment(exact, 3) ** 2 / moment(exact, 2) ** 3 * n * (n - 1) / (n - 2) ** 2
    return math.copysign(math.sqrt(square), moment(exact, 3)) if square else 0.0


def kurtosis(values: list[int]) -> float | None:
    n, exact = len(values), [Fraction(value) for value in values]
    if n < 4 or not moment(exact, 2):
        return None
    ratio = moment(exact, 4) / moment(exact, 2) ** 2
    return float(Fraction(n - 1, (n - 2) * (n - 3)) * ((n + 1) * ratio - 3 * (n - 1)))


def of_pairs(rows: Sequence[Row], of: Callable[[list[Fraction], list[Fraction]], float | None]) -> float | None:
    """A statistic of (`f`, `n`), where both are there."""
    pairs = [(row["f"], row["n"]) for row in rows if None not in (row["f"], row["n"])]
    if not pairs:
        return None
    if not all(math.isfinite(left) for left, _ in pairs):
        return math.nan
    return of([Fraction(left) for left, _ in pairs], [Fraction(right) for _, right in pairs])


def correlation(values: list[Fraction], others: list[Fraction]) -> float:
    together, apart = central(values, others), central(values, values) * central(others, others)
    return math.copysign(math.sqrt(together**2 / apart), together) if apart else math.nan


def slope(values: list[Fraction], others: list[Fraction]) -> float:
    spread = central(others, others)
    return as_float(central(values, others) / spread) if spread else math.nan


def intercept(values: list[Fraction], others: list[Fraction]) -> float | None:
    spread = central(others, others)
    if not spread:
        return None
    return as_float((sum(values) - central(values, others) / spread * sum(others)) / len(values))


def nearest(values: list[int], fraction: float) -> int | None:
    """Between the two nearest values, rounded to a whole number."""
    if not values:
        return None
    ordered, place = sorted(values), (len(values) - 1) * fraction
    low, high = ordered[math.floor(place)], ordered[math.ceil(place)]
    return low + round((high - low) * Fraction(place - math.floor(place)))


def duckdb_order(value: Any) -> tuple[bool, Any]:
    nan = isinstance(value, float) and math.isnan(value)
    return nan, 0 if nan else value


def continuous(values: list[Any], fraction: float) -> float | None:
    if not values:
        return None
    ordered = sorted(values, key=duckdb_order)
    place = (len(ordered) - 1) * fraction
    low, high = float(ordered[math.floor(place)]), float(ordered[math.ceil(place)])
    return low if math.floor(place) == math.ceil(place) else low + (high - low) * (place - math.floor(place))


def discrete(values: list[Any], fraction: float) -> Any:
    ordered = sorted(values, key=duckdb_order)
    return ordered[max(1, len(ordered) - math.floor(len(ordered) - len(ordered) * fraction)) - 1] if ordered else None


def mode(values: list[Any]) -> Any:
    return min(values, key=lambda value: (-values.count(value), value)) if values else None


def present(rows: Sequence[Row], name: str) -> list[Any]:
    return [row[name] for row in rows if row[name] is not None]


def unique(values: list[Any]) -> list[Any]:
    return sorted(set(values))


def extreme_by(rows: Sequence[Row], value: str, by: str, sign: int) -> Any:
    both = [(sign * row[by], index, row[value]) for index, row in enumerate(rows) if None not in (row[value], row[by])]
    return max(both, key=lambda entry: entry[:2])[2] if both else None


def in_order(rows: Sequence[Row], by: str, value: str, descending: bool = False) -> list[Any]:
    """Nulls last in either direction, as DuckDB's default; `rows` come from the earliest to the latest."""

    def place(row: Row) -> tuple[bool, int]:
        return row[by] is None, 0 if row[by] is None else -row[by] if descending else row[by]

    return [row[value] for row in sorted(rows, key=place)]


def call(function: str, *args: str, only: str | None = None, distinct: bool = False, order: Any = ()) -> Any:
    return {
        "as": "a0",
        "function": function,
        "args": list(args),
        "filter": only,
        "distinct": distinct,
        "order": [list(entry) for entry in order],
    }


def one(function: str, *args: str, **options: Any) -> dict[str, Any]:
    return {"aggregates": [call(function, *args, **options)], "value": "a0"}


# A column: its declared type, its params, and what it means: of the rows that take part, the earliest first, and `$at`.
Meaning = Callable[[list[Row], int | None], Any]
MENU: dict[str, tuple[str, dict[str, Any], Meaning]] = {
    "rows": ("int", one("count"), lambda rows, at: len(rows)),
    "count": ("int", one("count", '"i"'), lambda rows, at: len(present(rows, "i"))),
    "sum_int": ("int", one("sum", '"i"'), lambda rows, at: sum(present(rows, "i")) if present(rows, "i") else None),
    "sum_float": (
        "float",
        one("sum", '"f"'),
        lambda rows, at: float_sum(present(rows, "f")) if present(rows, "f") else None,
    ),
    "sum_decimal": (
        "decimal(38,2)",
        one("sum", '"d"'),
        lambda rows, at: sum(present(rows, "d")) if present(rows, "d") else None,
    ),
    "avg_int": (
        "float",
        one("avg", '"i"'),
        lambda rows, at: sum(present(rows, "i")) / len(present(rows, "i")) if present(rows, "i") else None,
    ),
    "avg_float": (
        "float",
        one("avg", '"f"'),
        lambda rows, at: float_sum(present(rows, "f"), len(present(rows, "f"))) if present(rows, "f") else None,
    ),
    "avg_decimal": (
        "float",
        one("avg", '"d"'),
        lambda rows, at: (
            float(sum(map(Fraction, present(rows, "d"))) / len(present(rows, "d"))) if present(rows, "d") else None
        ),
    ),
    "var_samp": ("float", one("var_samp", '"f"'), lambda rows, at: variance(present(rows, "f"), 1)),
    "var_int": ("float", one("var_pop", '"i"'), lambda rows, at: variance(present(rows, "i"), 0)),
    "stddev": (
        "float",
        one("stddev_samp", '"i"'),
        lambda rows, at: None if (v := variance(present(rows, "i"), 1)) is None else math.sqrt(v),
    ),
    "min": ("float", one("min", '"f"'), lambda rows, at: min(present(rows, "f"), key=duckdb_order, default=None)),
    "max": ("float", one("max", '"f"'), lambda rows, at: max(present(rows, "f"), key=duckdb_order, default=None)),
    "max_text": ("string", one("max", '"s"'), lambda rows, at: max(present(rows, "s"), default=None)),
    "arg_max": ("string", one("arg_max", '"s"', '"n"'), lambda rows, at: extreme_by(rows, "s", "n", 1)),
    "arg_min": ("string", one("arg_min", '"s"', '"n"'), lambda rows, at: extreme_by(rows, "s", "n", -1)),
    "median": ("float", one("median", '"i"'), lambda rows, at: continuous(present(rows, "i"), 0.5)),
    "cont": ("float", one("quantile_cont", '"n"', "0.3"), lambda rows, at: continuous(present(rows, "n"), 0.3)),
    "disc": ("string", one("quantile_disc", '"s"', "0.7"), lambda rows, at: discrete(present(rows, "s"), 0.7)),
    "median_decimal": (
        "decimal(12,2)",
        one("median", '"d"'),
        lambda rows, at: (
            None
            if (units := nearest([int(value * 100) for value in present(rows, "d")], 0.5)) is None
            else Decimal(units) / 100
        ),
    ),
    "median_time": (
        "timestamp",
        one("quantile_cont", '"t"', "0.4"),
        lambda rows, at: None if (found := nearest(present(rows, "t"), 0.4)) is None else local(found),
    ),
    "skewness": ("float", one("skewness", '"i"'), lambda rows, at: skewness(present(rows, "i"))),
    "kurtosis": ("float", one("kurtosis", '"i"'), lambda rows, at: kurtosis(present(rows, "i"))),
    "corr": ("float", one("corr", '"f"', '"n"'), lambda rows, at: of_pairs(rows, correlation)),
    "slope": ("float", one("regr_slope", '"f"', '"n"'), lambda rows, at: of_pairs(rows, slope)),
    "intercept": ("float", one("regr_intercept", '"f"', '"n"'), lambda rows, at: of_pairs(rows, intercept)),
    "covar": (
        "float",
        one("covar_pop", '"f"', '"n"'),
        lambda rows, at: of_pairs(rows, lambda f, n: as_float(central(f, n) / len(f))),
    ),
    "mode": ("string", one("mode", '"s"'), lambda rows, at: mode(present(rows, "s"))),
    "kinds": ("int", one("count", '"s"', distinct=True), lambda rows, at: len(set(present(rows, "s")))),
    "sum_kinds": (
        "int",
        one("sum", '"n"', distinct=True),
        lambda rows, at: sum(unique(present(rows, "n"))) if present(rows, "n") else None,
    ),
    "list_kinds": (
        "list(int)",
        one("list", '"n"', distinct=True, order=[('"n"', "asc")], only='"n" IS NOT NULL'),
        lambda rows, at: unique(present(rows, "n")) or None,
    ),
    "list": (
        "list(string)",
        one("list", '"s"', order=[('"n"', "desc")]),
        lambda rows, at: in_order(rows, "n", "s", descending=True) or None,
    ),
    "text": (
        "string",
        one("string_agg", '"s"', "'-'", order=[('"n"', "asc")]),
        lambda rows, at: (
            "-".join(v for v in in_order(rows, "n", "s") if v is not None) or None if present(rows, "s") else None
        ),
    ),
    "first": (
        "string",
        one("first", '"s"', order=[('"n"', "asc")]),
        lambda rows, at: (in_order(rows, "n", "s") or [None])[0],
    ),
    "last": (
        "string",
        one("last", '"s"', order=[('"n"', "asc")]),
        lambda rows, at: (in_order(rows, "n", "s") or [None])[-1],
    ),
    "all": ("bool", one("bool_and", '"b"'), lambda rows, at: all(present(rows, "b")) if present(rows, "b") else None),
    "any": ("bool", one("bool_or", '"b"'), lambda rows, at: any(present(rows, "b")) if present(rows, "b") else None),
    "count_if": ("int", one("count_if", '"b"'), lambda rows, at: sum(present(rows, "b"))),
    "filtered": (
        "int",
        one("sum", '"n"', only='"b"'),
        lambda rows, at: (
            sum(present([r for r in rows if r["b"]], "n")) if present([r for r in rows if r["b"]], "n") else None
        ),
    ),
    "ratio": (
        "float",
        {"aggregates": [call("sum", '"n"'), {**call("count"), "as": "a1"}], "value": "a0 / nullif(a1, 0)"},
        lambda rows, at: sum(present(rows, "n")) / len(rows) if present(rows, "n") else None,
    ),
    "recent": (
        "int",
        one("count", only='"t" >= "$at" - INTERVAL 2 HOUR'),
        lambda rows, at: sum(row["t"] is not None and row["t"] >= at - 2 * HOUR for row in rows),
    ),
    "youngest": (
        "int",
        one("min", 'epoch_us("$at") - epoch_us("t")'),
        lambda rows, at: min((at - row["t"] for row in rows if row["t"] is not None), default=None),
    ),
    "product": (
        "float",
        one("product", '"n"'),
        lambda rows, at: float(math.prod(present(rows, "n"))) if present(rows, "n") else None,
    ),
    "latest": ("string", {"latest": '"s"'}, lambda rows, at: rows[-1]["s"] if rows else None),
    "filled": (
        "int",
        {"latest": 'coalesce("n", 7)'},
        lambda rows, at: (7 if rows[-1]["n"] is None else rows[-1]["n"]) if rows else None,
    ),
    "local_hour": (
        "int",
        {"latest": 'hour("t")'},
        lambda rows, at: None if not rows or rows[-1]["t"] is None else local(rows[-1]["t"]).hour,
    ),
    "age": (
        "int",
        {"latest": 'epoch_us("$at") - epoch_us("t")'},
        lambda rows, at: None if not rows or rows[-1]["t"] is None else at - rows[-1]["t"],
    ),
    "scaled": (
        "int",
        one("sum", '"n" * $factor'),
        lambda rows, at: 3 * sum(present(rows, "n")) if present(rows, "n") else None,
    ),
}
WHERE: dict[str, tuple[str, Callable[[Row, int], bool]]] = {
    "flag": ('"b"', lambda row, at: row["b"] is True),
    "moment": ('"n" < hour("$at")', lambda row, at: row["n"] is not None and row["n"] < local(at).hour),
}


def local(micros: int) -> datetime:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)).astimezone(ZoneInfo(ZONE))


def midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(ZONE)).timestamp()) * 1_000_000


def taking_part(
    example: Row, source: Sequence[Row], params: dict[str, Any], known: Sequence[str], wait_until: int | None
) -> list[Row]:
    """The rows that take part, the earliest first."""
    at = example["$at"]
    if at is None:
        return []
    if params["refresh"]:
        at = at // params["refresh"] * params["refresh"]
    found = []
    for number, row in enumerate(source):
        if any(example[left] is None or example[left] != row[right] for left, right in params["join"]):
            continue
        moment: int | None = 0
        if params["time"]:
            moment = midnight(row["day"]) if params["time"] == "day" and row["day"] else row[params["time"]]
            back, until = params["window"]
            if moment is None or not ((back is None or at + back <= moment) and moment < at + until):
                continue
        if params["where"] and not WHERE[params["where"]["name"]][1](row, at):
            continue
        times = [row[name] for name in known]
        if any(time is None for time in times):
            continue
        known_at = max(times, default=-(10**18))
        limit = at if wait_until is None else wait_until
        if known_at > limit:
            continue
        found.append(((moment, known_at, [row[name] for name in params["key"]], number), row))
    return [row for _, row in sorted(found, key=lambda entry: entry[0])]


def table(rows: Sequence[Row], schema: dict[str, Any]) -> pa.Table:
    return pa.table({name: pa.array([row[name] for row in rows], kind) for name, kind in schema.items()})


SOURCE = {
    "j1": pa.int64(),
    "j2": pa.string(),
    "t": INSTANT,
    "day": pa.date32(),
    "k1": INSTANT,
    "k2": INSTANT,
    "id": pa.int64(),
    "i": pa.int64(),
    "n": pa.int64(),
    "f": pa.float64(),
    "d": pa.decimal128(12, 2),
    "s": pa.string(),
    "b": pa.bool_(),
}
EXAMPLES = {"$row": pa.int64(), "$at": INSTANT, "j1": pa.int64(), "plane.model": pa.string()}


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(values, values, values, st.none())


HOURS = st.integers(-3, 12).map(lambda hour: BASE + hour * HOUR)
EXACTLY = st.one_of(HOURS, st.tuples(HOURS, st.sampled_from([-1, 1])).map(sum))
FLOATS = st.sampled_from([0.1, 0.2, -0.3, 1.0, 1e16, -1e16, 5e-324, 1e308, -1e308, 1 / 3, -0.0, 2.0**-40])
WILD = st.one_of(FLOATS, FLOATS, st.sampled_from([math.nan, math.inf, -math.inf]))
SOURCE_ROW = st.fixed_dictionaries(
    {
        "j1": maybe(st.integers(0, 1)),
        "j2": maybe(st.sampled_from("xy")),
        "t": maybe(EXACTLY),
        "day": maybe(st.integers(8, 11).map(lambda day: date(2024, 3, day))),
        "k1": maybe(EXACTLY),
        "k2": maybe(EXACTLY),
        "id": st.integers(0, 3),
        "i": maybe(st.one_of(st.integers(-5, 5), st.integers(-(2**58), 2**58))),
        "n": maybe(st.integers(0, 3)),
        "f": maybe(WILD),
        "d": maybe(st.integers(-(10**11), 10**11).map(lambda cents: Decimal(cents) / 100)),
        "s": maybe(st.sampled_from("abc")),
        "b": maybe(st.booleans()),
    }
)
EXAMPLE_ROW = st.fixed_dictionaries(
    {"$at": maybe(EXACTLY), "j1": maybe(st.integers(0, 2)), "plane.model": maybe(st.sampled_from("xyz"))}
)
WINDOWS = st.sampled_from(
    [(None, 0), (-3 * HOUR, 0), (-3 * HOUR, -HOUR), (-30 * HOUR, 24 * HOUR), (None, 2 * HOUR), (-1, 0)]
)


@st.composite
def lookups(draw: st.DrawFn) -> dict[str, Any]:
    where = draw(st.sampled_from([None, None, *WHERE]))
    time = draw(st.sampled_from(["t", "t", "t", "day", None]))
    return {
        "join": draw(
            st.sampled_from([[], [["j1", "j1"]], [["plane.model", "j2"]], [["j1", "j1"], ["plane.model", "j2"]]])
        ),
        "window": list(draw(WINDOWS)),
        "time": time,
        "date_time": time == "day",
        "refresh": draw(st.sampled_from([None, None, 2 * HOUR, 7 * HOUR + 1])),
        "key": draw(st.sampled_from([[], ["id"], ["id", "i"]][:2])),
        "where": {"sql": WHERE[where][0], "known": [], "name": where} if where else None,
    }


KNOWN = st.sampled_from([(), ("k1",), ("k2",), ("k1", "k2")])


def context(**parameters: Any) -> Context:
    values = {"factor": 3, "unused": "x", **parameters}
    nowhere = Path()
    return Context(values, ZONE, 0, nowhere, nowhere, None, "run")  # type: ignore[arg-type]


def same(left: Any, right: Any) -> bool:
    """Equal, bit for bit; NaN is NaN. Zeros of either sign are one value in SQL's order and in a sum."""
    if isinstance(left, float) and isinstance(right, float) and math.isnan(left):
        return math.isnan(right)
    return type(left) is type(right) and left == right


def numbered(rows: list[Row]) -> list[Row]:
    return [{"$row": 10 * index, **row} for index, row in enumerate(rows)]


@given(
    examples=st.lists(EXAMPLE_ROW, max_size=8).map(numbered),
    source=st.lists(SOURCE_ROW, max_size=14),
    params=lookups(),
    menu=st.lists(st.tuples(st.sampled_from(sorted(MENU)), KNOWN), min_size=1, max_size=6),
    pairs_at_once=st.sampled_from([1, 5, 1000]),
    alone_at=st.integers(0, 7),
)
def check_features(
    examples: list[Row], source: list[Row], params: dict[str, Any], menu: list[Any], pairs_at_once: int, alone_at: int
) -> None:
    columns = [
        {"name": f"c{index}", "type": MENU[name][0], "known": [f'"{column}"' for column in known], **MENU[name][1]}
        for index, (name, known) in enumerate(menu)
    ]
    params = {**params, "columns": columns}
    rows, looked_up = table(examples, EXAMPLES), table(source, SOURCE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(candidates, "PAIRS_AT_ONCE", pairs_at_once)
        result = features.run({"rows": rows, "source": looked_up}, params, context())["table"]

    assert result.column("$row").to_pylist() == [example["$row"] for example in examples]
    for index, (name, known) in enumerate(menu):
        declared, _, meaning = MENU[name]
        assert result.schema.field(f"c{index}").type == features_type(declared)
        for example, value in zip(examples, result.column(f"c{index}").to_pylist(), strict=True):
            at = example["$at"]
            at = at if at is None or not params["refresh"] else at // params["refresh"] * params["refresh"]
            expected = meaning(taking_part(example, source, params, known, None), at)
            assert same(value, expected), f"{name} at {example}: {value}, expected {expected}"

    alone = features.run({"rows": rows.slice(alone_at, 1), "source": looked_up}, params, context())["table"]
    for name in alone.column_names:
        for left, right in zip(
            alone.column(name).to_pylist(), result.column(name)[alone_at:].to_pylist(), strict=False
        ):
            assert same(left, right), f"{name} of example {alone_at} alone: {left}, else {right}"


def features_type(declared: str) -> pa.DataType:
    return {
        "int": pa.int64(),
        "float": pa.float64(),
        "string": pa.string(),
        "bool": pa.bool_(),
        "timestamp": INSTANT,
        "decimal(12,2)": pa.decimal128(12, 2),
        "decimal(38,2)": pa.decimal128(38, 2),
        "list(int)": pa.list_(pa.int64()),
        "list(string)": pa.list_(pa.string()),
    }[declared]


def test_features_mean_what_the_language_says() -> None:
    settings(max_examples=100, deadline=None)(check_features)()


@pytest.mark.deep
def test_features_mean_what_the_language_says_at_length() -> None:
    settings(max_examples=1000, deadline=None)(check_features)()


@given(
    examples=st.lists(EXAMPLE_ROW, max_size=6).map(numbered),
    source=st.lists(SOURCE_ROW, max_size=12),
    params=lookups(),
    name=st.sampled_from(sorted(MENU)),
    known=KNOWN,
    as_of=maybe(EXACTLY),
)
def check_outcome(
    examples: list[Row], source: list[Row], params: dict[str, Any], name: str, known: Any, as_of: int | None
) -> None:
    declared, column, meaning = MENU[name]
    label = {"name": "label", "known": [f'"{entry}"' for entry in known], **column}
    until = params["window"][1]
    params = {
        **params,
        "refresh": None,
        "window": [-until, 6 * HOUR],
        "label": label,
        "type": declared,
    }
    inputs = {"rows": table(examples, EXAMPLES), "source": table(source, SOURCE)}
    result = outcome.run(inputs, params, context(as_of=as_of))["table"]

    assert result.column_names == ["$row", "$label", "$label_known"]
    known_at = result.column("$label_known").cast(pa.int64()).to_pylist()
    for index, example in enumerate(examples):
        rows = taking_part(example, source, params, known, 10**18 if as_of is None else as_of)
        value = result.column("$label")[index].as_py()
        assert same(value, meaning(rows, example["$at"])), f"{name} at {example}: {value}"
        end = None if example["$at"] is None else example["$at"] + 6 * HOUR
        assert known_at[index] == (end and max([end, *(row[column] for row in rows for column in known)]))


def test_outcomes_mean_what_the_language_says() -> None:
    settings(max_examples=60, deadline=None)(check_outcome)()


@pytest.mark.deep
def test_outcomes_mean_what_the_language_says_at_length() -> None:
    settings(max_examples=500, deadline=None)(check_outcome)()
