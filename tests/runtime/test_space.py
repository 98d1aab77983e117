from itertools import islice, product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mlc_runtime.keys import identity
from mlc_runtime.relation import (
    ABSENT,
    EMPTY,
    UNIT,
    Listed,
    Product,
    Relation,
    as_object,
    cross,
    from_objects,
    listed,
    mark,
    union,
)
from mlc_runtime.relation_json import relation_from_json, relation_to_json
from mlc_runtime.sample import Range, Sample
from mlc_runtime.space import Ragged, Space, cut

scalars = st.sampled_from([0, 1, 2, True, False, 1.0, 0.0, -0.0, "a", "1", None])


@st.composite
def boxes(draw: st.DrawFn, names: str = "abcd") -> Relation:
    fields = draw(st.lists(st.sampled_from(list(names)), unique=True, min_size=1))
    return cross(listed([field], [(value,) for value in draw(st.lists(scalars, max_size=3))]) for field in fields)


@st.composite
def relations(draw: st.DrawFn, names: str = "abcd") -> Relation:
    parts = draw(st.lists(boxes(names), min_size=1, max_size=3))
    fields = list(dict.fromkeys(field for part in parts for field in part.fields))
    whole = parts[0] if len(parts) == 1 else union(fields, parts)
    if draw(st.booleans()):
        return Sample(whole, draw(st.integers(0, 8)), draw(st.integers(0, 3)))
    return whole


def records(relation: Relation) -> list[frozenset[object]]:
    """Records without regard to the order of fields, in the relation's order."""
    return [
        frozenset((field, identity(value)) for field, value in as_object(relation.fields, record).items())
        for record in relation
    ]


@given(relations())
def test_places_and_records_are_one_to_one(relation: Relation) -> None:
    seen = [mark(relation.nth(i)) for i in range(relation.size)]
    assert seen == [mark(record) for record in relation]
    assert len(set(seen)) == relation.size
    assert [relation.find(relation.nth(i)) for i in range(relation.size)] == list(range(relation.size))


@given(relations())
def test_what_is_not_there_is_not_found(relation: Relation) -> None:
    assert relation.find(("elsewhere",) * len(relation.fields)) is None


@given(relations(), st.sets(st.sampled_from("abcd")))
def test_a_projection_is_the_distinct_sub_records(relation: Relation, kept: set[str]) -> None:
    projected = relation.project(kept)
    expected = [frozenset(item for item in record if item[0] in kept) for record in records(relation)]
    assert set(records(projected)) == set(expected)
    assert projected.size == len(set(expected))
    assert list(projected.fields) == [field for field in relation.fields if field in kept]


@given(boxes(), st.sets(st.sampled_from("abcd")))
def test_a_projection_of_a_product_keeps_the_order_of_first_appearance(relation: Relation, kept: set[str]) -> None:
    sub = [frozenset(item for item in record if item[0] in kept) for record in records(relation)]
    assert records(relation.project(kept)) == list(dict.fromkeys(sub))


@given(relations(), st.dictionaries(st.sampled_from("abcd"), st.one_of(scalars, st.just(ABSENT)), max_size=2))
def test_a_restriction_is_a_filter(relation: Relation, known: dict[str, object]) -> None:
    def agrees(record: tuple[object, ...]) -> bool:
        values = dict(zip(relation.fields, record, strict=True))
        return all(identity(values[field]) == identity(value) for field, value in known.items() if field in values)

    expected = [mark(record) for record in relation if agrees(record)]
    restricted = relation.restrict(known)
    assert [mark(record) for record in restricted] == expected
    assert restricted.size == len(expected)


@given(relations())
def test_a_relation_comes_back_from_a_plan(relation: Relation) -> None:
    again = relation_from_json(relation_to_json(relation))
    assert records(again) == records(relation)
    assert relation_to_json(again) == relation_to_json(relation)


def test_two_million_settings_take_no_memory() -> None:
    axes = [
        Listed((name,), tuple((i,) for i in range(size))) for name, size in zip("abc", (200, 100, 100), strict=True)
    ]
    grid = Product(tuple(axes))
    assert grid.size == 2_000_000
    assert grid.nth(1_234_567) == (123, 45, 67)
    assert grid.find((123, 45, 67)) == 1_234_567
    assert grid.project(["b"]) == axes[1]


def test_a_grid_s_conditional_parts_project_and_overlap() -> None:
    forests = cross([listed(["model"], [("forest",)]), listed(["depth"], [(1,), (2,)])])
    lines = cross([listed(["model"], [("line",)]), listed(["alpha"], [(0.1,), (1.0,)])])
    grid = union(["model", "depth", "alpha"], [forests, lines])
    assert list(grid) == [("forest", 1, ABSENT), ("forest", 2, ABSENT), ("line", ABSENT, 0.1), ("line", ABSENT, 1.0)]
    assert [as_object(["depth"], r) for r in grid.project(["depth"])] == [{"depth": 1}, {"depth": 2}, {}]
    twice = union(["a"], [listed(["a"], [(1,), (2,)]), listed(["a"], [(2,), (3,)])])
    assert list(twice) == [(1,), (2,), (3,)]


def _values(**counts: int) -> Relation:
    """A product of fields with so many values each."""
    return cross(listed([field], [(value,) for value in range(count)]) for field, count in counts.items())


@st.composite
def overlapping(draw: st.DrawFn) -> list[Relation]:
    """Products of the same three fields, each in an order of its own, with few values to choose from."""
    few = st.lists(st.sampled_from([0, 1, 2, True]), unique_by=identity, min_size=1)
    return [
        cross(listed([field], [(value,) for value in draw(few)]) for field in draw(st.permutations("abc")))
        for _ in range(draw(st.integers(2, 4)))
    ]


@example([_values(a=1, b=1, c=1), _values(a=1, b=2, c=2), _values(a=1, b=1, c=1), _values(b=1, c=3, a=2)], set())
@given(overlapping(), st.sets(st.sampled_from("abc")))
def test_a_union_is_its_parts_by_first_appearance(parts: list[Relation], kept: set[str]) -> None:
    whole = union(list("abc"), parts)
    assert records(whole) == list(dict.fromkeys(record for part in parts for record in records(part)))
    assert whole.size == len(list(whole))
    assert [whole.find(whole.nth(i)) for i in range(whole.size)] == list(range(whole.size))
    again = relation_from_json(relation_to_json(whole))
    assert relation_to_json(again) == relation_to_json(whole)
    expected = {frozenset(item for item in record if item[0] in kept) for record in records(whole)}
    projected = records(whole.project(kept))
    assert (set(projected), len(projected)) == (expected, len(expected))


def test_millions_of_settings_that_overlap_take_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Product, *_: object) -> None:
        raise AssertionError(f"{self.size} records are walked")

    def grid(start: int) -> Relation:
        sizes = {"a": 200, "b": 100, "c": 100}
        return cross(listed([name], [(start + i,) for i in range(size)]) for name, size in sizes.items())

    monkeypatch.setattr(Product, "__iter__", refuse)
    both = union(list("abc"), [grid(0), grid(50)])
    assert both.size == 4_000_000 - 150 * 50 * 50
    assert both.nth(2_000_000) == (50, 50, 100)
    assert both.find((249, 149, 149)) == both.size - 1
    assert both.project(["a"]).size == 250


def test_equality_tells_apart_what_keys_tell_apart() -> None:
    one, true, real = (listed(["a"], [(value,)]) for value in (1, True, 1.0))
    assert len({one, true, real}) == 3
    assert cross([one]) == cross([UNIT, cross([one])])


@given(st.integers(1, 300), st.integers(0, 5))
def test_a_sample_is_a_permutation_and_a_larger_one_keeps_the_draws(size: int, seed: int) -> None:
    base = Listed(("a",), tuple((i,) for i in range(size)))
    draws = list(Sample(base, size, seed))
    assert sorted(draws) == list(base)
    assert list(Sample(base, size // 2, seed)) == draws[: size // 2]


def test_intervals_are_drawn_from_without_repetition() -> None:
    base = cross(
        [Range("rate", 0.001, 1.0, "log"), Range("depth", 2, 12, integer=True), listed(["loss"], [("a",), ("b",)])]
    )
    draws = list(Sample(base, 60, 0))
    assert len(set(draws)) == 60
    assert all(0.001 <= rate <= 1.0 and 2 <= depth <= 12 and type(depth) is int for rate, depth, _ in draws)
    assert {depth for _, depth, _ in draws} >= {2, 12}
    assert sum(rate < 0.0316 for rate, _, _ in draws) in range(20, 41)
    assert list(Sample(base, 20, 0)) == draws[:20]
    assert list(Sample(base, 60, 1)) != draws
    assert Sample(Range("depth", 2, 12, integer=True), 100, 0).size == 11
    with pytest.raises(TypeError, match="interval"):
        base.size  # noqa: B018 - reading it is what fails


def test_the_draws_are_the_same_on_every_machine() -> None:
    draws = Sample(cross([Range("rate", 0.001, 1.0, "log"), Range("depth", 2, 12, integer=True)]), 3, 0)
    assert list(draws) == [(0.0213848189911, 6), (0.0218949626609, 5), (0.310593902577, 5)]


@given(st.integers(0, 1000), st.integers(1, 50))
def test_tiles_cover_the_space(n: int, tiles: int) -> None:
    ranges = [cut(n, tiles, i) for i in range(tiles)]
    assert [i for tile in ranges for i in tile] == list(range(n))
    assert len(cut(n, tiles, tiles)) == 0
    assert max(map(len, ranges)) - min(map(len, ranges)) <= 1


@st.composite
def spaces(draw: st.DrawFn) -> Space:
    """Axes c, then g (independent or given c), then t (given c, or g, or both)."""
    country = listed(["c"], [(i,) for i in range(draw(st.integers(0, 3)))])
    grid = listed(["g"], [(i,) for i in range(draw(st.integers(0, 3)))])

    def ragged(field: str, given: tuple[str, ...]) -> Ragged:
        groups: dict[tuple[object, ...], Relation | None] = {}
        for values in product(range(3), repeat=len(given)):
            size = draw(st.one_of(st.none(), st.integers(0, 3)))
            groups[mark(values)] = None if size is None else listed([field], [(i,) for i in range(size)])
        return Ragged((field,), given, groups)

    second = draw(st.sampled_from(["plain", "ragged"]))
    third = draw(st.sampled_from([("c",), ("g",), ("c", "g"), ()]))
    return Space([country, grid if second == "plain" else ragged("g", ("c",)), ragged("t", third)])


@given(spaces())
def test_a_ragged_space_is_one_to_one(space: Space) -> None:
    everything = list(space)
    assert len(everything) == space.size
    assert [space.coords(i) for i in range(space.size)] == everything
    assert [space.find(coords) for coords in everything] == list(range(space.size))
    assert space.find({"c": 9, "g": 0, "t": 0}) is None
    with pytest.raises(IndexError):
        space.coords(space.size)


@given(spaces(), st.sampled_from(["c", "g", "t"]), st.integers(0, 2))
def test_a_fibre_is_a_filter(space: Space, field: str, value: int) -> None:
    fibre = space.restrict([field], {field: value})
    assert list(fibre) == [coords for coords in space if coords[field] == value]
    assert fibre.size == len(list(fibre))


@given(spaces())
def test_poison_is_a_fibre_whose_values_are_not_known(space: Space) -> None:
    def poisoned(k: int, env: dict[str, object]) -> bool:
        if k == len(space.axes):
            return False
        axis = space.axes[k]
        values = axis.groups.get(mark([env[f] for f in axis.given])) if isinstance(axis, Ragged) else axis  # type: ignore[arg-type]
        return values is None or any(poisoned(k + 1, env | as_object(axis.fields, r)) for r in values)

    assert space.poisoned == poisoned(0, {})


def test_a_condition_is_an_axis_without_fields() -> None:
    grid = listed(["g"], [(1,), (2,)])
    assert list(Space([UNIT, grid])) == [{"g": 1}, {"g": 2}]
    assert list(Space([EMPTY, grid])) == []
    assert Space([]).size == 1
    assert Space([from_objects([], [{}])]).find({}) == 0
    assert Space([EMPTY]).find({}) is None


def test_a_collect_s_axis_may_depend_on_the_reader_s_coordinates() -> None:
    kept = Ragged(("t",), ("c",), {mark(("x",)): listed(["t"], [(1,), (2,)]), mark(("y",)): listed(["t"], [(3,)])})
    assert list(Space([kept]).restrict(["c"], {"c": "y"})) == [{"t": 3}]


def test_a_large_space_is_walked_lazily() -> None:
    axes = [Listed((name,), tuple((i,) for i in range(1000))) for name in "abc"]
    space = Space(axes)
    assert space.size == 10**9
    assert list(islice(space, 2)) == [{"a": 0, "b": 0, "c": 0}, {"a": 0, "b": 0, "c": 1}]
    assert space.index(space.coords(987_654_321)) == 987_654_321
    with pytest.raises(KeyError):
        space.index({"a": -1, "b": 0, "c": 0})
