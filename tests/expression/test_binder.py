"""Every signature of the catalogue, every operator and every cast, against what DuckDB's binder says of them."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

import duckdb
import pytest

from mlc_compiler.expression.functions import functions
from mlc_compiler.expression.infer import infer
from mlc_compiler.expression.parse import parse
from mlc_compiler.expression.render import render
from mlc_compiler.expression.scope import Scope
from mlc_compiler.expression.types import parse_type

if TYPE_CHECKING:
    from mlc_compiler.expression.types import Type

ARGUMENTS = {
    "int": ["i"],
    "float": ["f", "i", "m"],
    "number": ["f", "i", "m"],
    "decimal": ["m", "wide"],
    "string": ["s"],
    "bool": ["b"],
    "date": ["d"],
    "timestamp": ["ts", "d"],
    "any": ["s", "i", "b", "ts"],
    "part": ["'hour'", "'isodow'"],
    "unit": ["'day'", "'quarter'"],
    "text": ["'%a'"],
    "whole": ["1", "-1"],
    "digit": ["1"],
    "fraction": ["0.25"],
    "list(any)": ["l", "ls"],
    "list(int)": ["l"],
    "list(float)": ["lf"],
    "list(string)": ["ls"],
}
MEETING = {
    "T": [["i"], ["f", "i"], ["m", "i"], ["m", "n"], ["s"], ["b"], ["d"], ["ts", "d"], ["i", "1"]],
    "list(T)": [["i"], ["f"], ["s"]],
}
LISTS = {"i": "l", "f": "lf", "s": "ls"}


def duckdb_type(connection: duckdb.DuckDBPyConnection, sql: str) -> str:
    described = connection.execute(f"DESCRIBE SELECT {sql} AS x FROM t").fetchone()
    assert described is not None
    return described[1]


def ours(duckdb_name: str) -> Type | None:
    """The language's type of a DuckDB type; integers of every width are `int`."""
    if duckdb_name.endswith("[]"):
        item = ours(duckdb_name[:-2])
        return parse_type(f"list({item})")
    if re.fullmatch(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?", duckdb_name):
        return parse_type("int")
    names = {"DOUBLE": "float", "VARCHAR": "string", "BOOLEAN": "bool", "DATE": "date"}
    names["TIMESTAMP WITH TIME ZONE"] = "timestamp"
    return parse_type(names.get(duckdb_name, duckdb_name.lower()))


def same(found: Type, bound: Type | None) -> bool:
    """Equal; but a small constant is 32 bits wide to DuckDB, so that a decimal may be wider with us."""
    if bound is not None and found.kind == bound.kind == "decimal":
        return found.scale == bound.scale and found.precision >= bound.precision
    return found == bound


def calls() -> list[str]:
    found = []
    for function in dict.fromkeys(functions().values()):
        order = " order by ts" if function.rows == "required" else ""
        for signature in function.signatures:
            full = [p.removesuffix("...") for p in signature.patterns]
            repeated = bool(signature.patterns) and signature.patterns[-1].endswith("...")
            for patterns in [full, [*full, full[-1]]] if repeated else [full]:
                common = next((MEETING[p] for p in ("list(T)", "T") if p in patterns), [[]])
                for meeting in common:
                    generic = itertools.cycle(meeting)
                    choices = []
                    for pattern in patterns:
                        if pattern == "T":
                            choices.append([next(generic)])
                        elif pattern == "list(T)":
                            choices.append([LISTS[next(generic)]])
                        else:
                            choices.append(ARGUMENTS[pattern])
                    found += [f"{function.name}({', '.join(args)}{order})" for args in itertools.product(*choices)]
    return sorted(set(found) - {"count()"} | {"count(*)"})


OPERATORS = [
    f"{a} {operator} {b}"
    for operator in ("+", "-", "*", "/", "//", "%")
    for a, b in itertools.product(("i", "f", "m", "n", "wide", "2", "1.5", "1e3"), repeat=2)
]
OTHERS = (
    """
-i;-m;+f;i = f;m < i;s = 'a';d < ts;ts >= '2024-01-01';d = '2024-01-01';b and not b;i is null;b is not true
i in (1, 2);m in (1, 2.5);i between 1 and 2.5;s like 'a%';s not ilike 'a!%' escape '!';s || s;l || l;[i, f];[1, 2]
case when b then i else f end;case when b then m else n end;case when b then d else ts end;case i when 1 then 'x' end
d + interval 1 hour;ts - interval 1 month;interval 1 week + d;d + 1;d - 1;d - d;date '2024-01-01' - interval '2 days'
i is distinct from j;i is not distinct from null;sum(i) filter (where b);count(distinct s);extract(hour from ts)
timestamp '2024-01-01 12:00:00+02';coalesce(null, i);if(b, null, m);case when b then null else 1.5 end;sum(i) * 2
sum(m) / count(*);avg(i) + 1;max(ts) - interval 3 day;1000000 * 1000000;count_if(i > 3);count_if(b) // 2
i::decimal(5,2);try_cast(s as int);b::int;i::bool;d::timestamp;ts::date;ts::string;ls::list(int);list_contains(l, 1)
""".strip()
    .replace("\n", ";")
    .split(";")
)


@pytest.mark.parametrize("text", calls() + OPERATORS + OTHERS)
def test_result_is_the_binders(text: str, connection: duckdb.DuckDBPyConnection, columns: dict[str, Type]) -> None:
    expression, problems = parse(text)
    assert expression is not None, problems
    type_, problems = infer(expression, Scope(columns, aggregates=True))
    assert problems == []
    assert same(type_, ours(duckdb_type(connection, render(expression.tree))))
    connection.execute(f"SELECT {render(expression.tree, type_=type_)} FROM t")
