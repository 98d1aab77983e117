"""Relations as they stand in a plan: the compiler's own spelling of an axis's values.

    {"fields": [...], "listed": [[...], ...]}              {"fields": [...], "records": [{...}, ...]}
    {"product": [RELATION, ...]}                           {"fields": [...], "union": [RELATION, ...]}
    {"sample": RELATION, "size": 60, "seed": 0}
    {"fields": [...], "range": [0.01, 10.0], "scale": "log", "integer": false}

`records` stands where a record lacks a field. A union with `fields` is as it was written, its parts without a record
in common; where they are left out, they are its parts', by first appearance, and the parts may overlap.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlc_runtime.relation import ABSENT, Listed, Product, Relation, Union, as_object, from_objects, listed, union
from mlc_runtime.sample import Range, Sample


def relation_to_json(relation: Relation) -> dict[str, Any]:
    """The relation as plain data.

    Raises:
        TypeError: a relation that has no form in a plan.
    """
    fields = list(relation.fields)
    match relation:
        case Listed():
            if any(value is ABSENT for record in relation for value in record):
                return {"fields": fields, "records": [as_object(fields, record) for record in relation]}
            return {"fields": fields, "listed": [list(record) for record in relation]}
        case Product(parts):
            return {"product": [relation_to_json(part) for part in parts]}
        case Union(_, parts):
            return {"fields": fields, "union": [relation_to_json(part) for part in parts]}
        case Sample(base, n, seed):
            return {"sample": relation_to_json(base), "size": n, "seed": seed}
        case Range(_, start, stop, scale, integer):
            return {"fields": fields, "range": [start, stop], "scale": scale, "integer": integer}
    raise TypeError(f"{type(relation).__name__} has no form in a plan")


def relation_from_json(data: Mapping[str, Any]) -> Relation:
    """The relation that `relation_to_json` wrote.

    Raises:
        ValueError: data of no known form.
    """
    match data:
        case {"fields": fields, "listed": records}:
            return listed(fields, map(tuple, records))
        case {"fields": fields, "records": records}:
            return from_objects(fields, records)
        case {"product": parts}:
            return Product(tuple(map(relation_from_json, parts)))
        case {"fields": fields, "union": parts}:
            return Union(tuple(fields), tuple(map(relation_from_json, parts)))
        case {"union": parts}:
            relations = tuple(map(relation_from_json, parts))
            return union(tuple(dict.fromkeys(field for each in relations for field in each.fields)), relations)
        case {"sample": base, "size": int(n), "seed": int(seed)}:
            return Sample(relation_from_json(base), n, seed)
        case {"fields": [field], "range": [start, stop], "scale": "linear" | "log" as scale, "integer": bool(integer)}:
            return Range(field, start, stop, scale, integer)
    raise ValueError(f"values of no known form: {str(data)[:80]}")
