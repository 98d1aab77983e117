"""The layered layout: arrows point on, long ones have points, circles do no harm."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from mlc_compiler.draw.layers import is_point, layered
from mlc_compiler.draw.place import spread

arrows = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh")), max_size=20)


@given(arrows)
def test_every_node_stands_once_and_arrows_without_circles_point_on(found: list[tuple[str, str]]) -> None:
    onward = [(one, other) for one, other in found if one < other]
    result = layered("abcdefgh", onward)
    rank = {name: number for number, layer in enumerate(result.layers) for name in layer}
    assert sorted(name for name in rank if not is_point(name)) == list("abcdefgh")
    for one, other in onward:
        assert rank[one] < rank[other]
        steps = [one, *result.points.get((one, other), ()), other]
        assert all(rank[after] == rank[before] + 1 for before, after in pairwise(steps))


@given(arrows)
def test_circles_are_broken_at_one_arrow(found: list[tuple[str, str]]) -> None:
    result = layered("abcdefgh", found)
    assert sorted(name for layer in result.layers for name in layer if not is_point(name)) == list("abcdefgh")


def test_a_ladder_that_was_given_crossed_is_drawn_uncrossed() -> None:
    result = layered("abcdef", [("a", "f"), ("b", "e"), ("c", "d")])
    assert result.layers == (("a", "b", "c"), ("f", "e", "d"))


def test_a_node_that_nothing_leads_to_can_stand_before_its_reader() -> None:
    chain = [("a", "b"), ("b", "c"), ("d", "c")]
    assert layered("abcd", chain).layers[0] == ("a", "d")
    assert "d" in layered("abcd", chain, late=True).layers[1]


@given(st.lists(st.tuples(st.floats(-50, 50), st.floats(1, 9)), min_size=1, max_size=8))
def test_places_keep_their_gaps_and_their_mean(wanted: list[tuple[float, float]]) -> None:
    wishes, gaps = [want for want, _ in wanted], [gap for _, gap in wanted[1:]]
    places = spread(wishes, gaps)
    assert all(other - one >= gap - 1e-6 for (one, other), gap in zip(pairwise(places), gaps, strict=True))
    assert abs(sum(places) - sum(wishes)) < 1e-6


def test_places_that_do_not_collide_are_those_wanted() -> None:
    assert spread([0.0, 10.0, 30.0], [5.0, 5.0]) == [0.0, 10.0, 30.0]
    assert spread([10.0, 0.0], [4.0]) == [3.0, 7.0]
