"""Names that Kubernetes and Argo take, and no two alike."""

import re

from hypothesis import given
from hypothesis import strategies as st

from mlc_containers.names import LONGEST_NAME, LONGEST_RESOURCE, resource_name, short_names

LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
steps = st.lists(st.from_regex(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){0,3}", fullmatch=True), unique=True, max_size=30)


@given(steps)
def test_templates_have_names_of_their_own(names: list[str]) -> None:
    reserved = ("main", "mlc-run")
    found = short_names(names, reserved)
    assert list(found) == names
    assert len(set(found.values())) == len(names)
    assert all(LABEL.fullmatch(name) and len(name) <= LONGEST_NAME for name in found.values())
    assert not set(found.values()) & set(reserved)


@given(steps, st.randoms())
def test_a_name_does_not_depend_on_the_others_order(names: list[str], random: object) -> None:
    turned = sorted(names, reverse=True)
    assert short_names(names) == {name: short_names(turned)[name] for name in names}


@given(st.from_regex(r"[a-z][a-z0-9_-]*", fullmatch=True))
def test_resources(pipeline: str) -> None:
    name = resource_name(pipeline)
    assert LABEL.fullmatch(name)
    assert len(name) <= LONGEST_RESOURCE


def test_what_is_short_and_plain_stays_as_it_is() -> None:
    assert resource_name("flight-delays") == "flight-delays"
    assert short_names(["late.fit", "late_fit_2"]) == {"late.fit": "late-fit", "late_fit_2": "late-fit-2"}
