"""Who meets which arm: published vectors, shares that hold, layers that do not know of each other."""

from hashlib import sha256
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, chisquare

from mlc_runtime.experiment.allocation import allocate, length
from mlc_runtime.experiment.assignment import POSITIONS, Allocation, Segment, position, unit_text

SHARES = st.lists(st.integers(1, 250_000), min_size=2, max_size=4)


def test_the_digest_is_the_one_that_is_published() -> None:
    # The Secure Hash Standard's own example, "abc", whose first eight bytes are these.
    assert sha256(b"abc").digest()[:8].hex() == "ba7816bf8f01cfea"


@pytest.mark.parametrize(
    ("salt", "unit", "expected"),
    [
        ("a", "1", 395_311),
        ("flight-delays/experiment/late_vs_baseline", "N14228", 457_580),
        ("flight-delays/layer/checkout", "N14228", 824_222),
        ("größe", "Łódź", 678_356),
        ("", "", 234_984),
    ],
)
def test_positions_of_known_units(salt: str, unit: str, expected: int) -> None:
    """Whoever assigns units elsewhere checks his code with these."""
    number = int(sha256(f"{salt}.{unit}".encode()).hexdigest()[:16], 16)
    assert position(salt, unit) == expected == int(f"{number % 1000:03}{number // 1000 % 1000:03}")


def test_units_are_told_by_their_text_whatever_library_read_them() -> None:
    same = [17, 17.0, np.int64(17), np.float64(17.0), "17"]
    assert {unit_text(value) for value in same} == {"17"}
    assert unit_text(float("nan")) is None


def test_a_million_units_are_spread_evenly_and_independently() -> None:
    units = [str(number) for number in range(1_000_000)]
    one = np.fromiter((position("one", unit) for unit in units), np.int64)
    other = np.fromiter((position("other", unit) for unit in units), np.int64)
    assert chisquare(np.bincount(one // 1000, minlength=1000)).pvalue > 0.001
    assert chisquare(np.bincount(one % 1000, minlength=1000)).pvalue > 0.001
    both = np.histogram2d(one, other, bins=20)[0]
    assert chi2_contingency(both).pvalue > 0.001
    followed = np.histogram2d(one[:-1], one[1:], bins=20)[0]  # neighbours in a numbering
    assert chi2_contingency(followed).pvalue > 0.001


@given(SHARES)
def test_arms_get_their_shares_and_nobody_anothers(shares: list[int]) -> None:
    wanted = {str(number): share for number, share in enumerate(shares)}
    found = allocate(wanted)
    assert {arm: length(segments) for arm, segments in found.items()} == wanted
    held = sorted(segment for segments in found.values() for segment in segments)
    assert all(one.end <= other.start for one, other in pairwise(held))


@given(SHARES, SHARES)
def test_an_arm_that_grows_keeps_its_units_whatever_the_others_do(before: list[int], after: list[int]) -> None:
    first = allocate({str(number): share for number, share in enumerate(before)})
    wanted = {str(number): share for number, share in enumerate(after)}
    second = allocate(wanted, first)
    assert {arm: length(segments) for arm, segments in second.items()} == wanted
    for arm in first.keys() & second.keys():
        kept = sum(max(0, min(a.end, b.end) - max(a.start, b.start)) for a in first[arm] for b in second[arm])
        assert kept == min(length(first[arm]), length(second[arm]))


def test_experiments_of_a_layer_stay_out_of_each_others_way() -> None:
    first = allocate({"control": 200_000, "treatment": 200_000})
    taken = [segment for segments in first.values() for segment in segments]
    second = allocate({"control": 300_000, "treatment": 300_000}, taken=taken)
    one, other = Allocation("layer", first), Allocation("layer", second)
    met = [(one.arm(str(unit)), other.arm(str(unit))) for unit in range(20_000)]
    assert all(a is None or b is None for a, b in met)
    assert all(a is not None or b is not None for a, b in met)


def test_a_layer_that_is_full_says_so() -> None:
    with pytest.raises(ValueError, match="treatment"):
        allocate({"control": 600_000, "treatment": 500_000})


def test_an_arm_is_found_at_its_borders() -> None:
    found = Allocation("s", {"a": (Segment(0, 10), Segment(20, POSITIONS)), "b": (Segment(10, 15),)})
    borders = {position("s", str(unit)): found.arm(str(unit)) for unit in range(200)}
    assert all(arm == ("a" if at < 10 or at >= 20 else "b" if at < 15 else None) for at, arm in borders.items())
