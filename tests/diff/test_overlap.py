"""What relations have in common, told by shapes, held against counting."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mlc_compiler.diff.overlap import overlap, pieces
from mlc_runtime.relation import ABSENT, Listed, Product, Relation, as_object, listed, union
from mlc_runtime.sample import Range, Sample

VALUES = st.sampled_from([0, 1, 1.0, True, "1", None, 2, [1]])
FIELDS = ("a", "b", "c")


def columns(field: str) -> st.SearchStrategy[Listed]:
    return st.lists(VALUES, min_size=1, max_size=4).map(lambda values: listed((field,), ((value,) for value in values)))


GRIDS = st.lists(st.sampled_from(FIELDS), min_size=1, max_size=3, unique=True).flatmap(
    lambda fields: st.tuples(*map(columns, sorted(fields))).map(lambda parts: Product(tuple(parts)))
)
UNIONS = st.lists(GRIDS, min_size=1, max_size=3).map(lambda parts: union(FIELDS, parts))
RELATIONS = UNIONS | st.builds(Sample, UNIONS, st.integers(1, 6), st.integers(0, 2))


def records(relation: Relation) -> set[str]:
    """The records, each spelled so that `1`, `1.0` and `True` are three."""
    return {repr(sorted(as_object(relation.fields, record).items())) for record in relation}


def parts(relation: Relation) -> dict[frozenset[str], Relation]:
    found = pieces(relation)
    assert found is not None
    return dict(found)


@settings(max_examples=80)
@given(RELATIONS)
def test_pieces_are_the_whole(relation: Relation) -> None:
    found = parts(relation)
    assert sum(part.size for part in found.values()) == relation.size
    assert set().union(*map(records, found.values())) == records(relation)
    for absent, part in found.items():
        assert not absent & set(part.fields)
        assert all(value is not ABSENT for record in part for value in record)


@settings(max_examples=100)
@given(RELATIONS, RELATIONS)
def test_the_count_is_that_of_the_records(one: Relation, other: Relation) -> None:
    mine, theirs = parts(one), parts(other)
    common = sum(overlap(part, theirs[absent]) or 0 for absent, part in mine.items() if absent in theirs)
    assert common == len(records(one) & records(other))


def grid(count: int) -> Product:
    return Product(tuple(listed((f"f{n}",), ((value,) for value in range(count))) for n in range(4)))


def test_what_is_large_is_told_by_its_shape() -> None:
    assert overlap(grid(1_000), grid(999)) == 999**4


def test_what_no_shape_tells_and_what_is_no_number_is_not_known() -> None:
    interval: Any = Range("a", 0.0, 1.0)
    assert overlap(interval, interval) is None
    assert overlap(Sample(grid(1_000), 20_000, 0), Sample(grid(1_000), 20_000, 1)) is None
    assert overlap(Sample(grid(1_000), 20_000, 0), Sample(grid(1_000), 30_000, 0)) == 20_000
