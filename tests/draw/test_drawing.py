"""What a drawing says of a graph, and where it puts it."""

from collections.abc import Callable

from mlc_compiler.draw.drawing import Badge, drawing
from mlc_compiler.draw.place import HEIGHT, WIDTH, place, place_boxes
from mlc_compiler.driver import Compiled


def test_boxes_are_grouped_by_the_entries_of_the_spec(compiled: Callable[[int], Compiled]) -> None:
    found = drawing(compiled(1).built, "small")
    assert [group.label for group in found.groups] == [
        "sources plants",
        "features for plants",
        "examples plants",
        "training tall_3",
    ]
    boxes = {box.name: box for box in found.boxes}
    assert boxes["tall_3.fit"].label == "fit"
    assert boxes["tall_3.fit"].badges == (Badge("grid", "6"),)
    assert (boxes["sources.plants"].label, boxes["examples.plants"].label) == ("read", "label")
    assert boxes["tall_3.register"].marks == ("root", "effect")


def test_arrows_tell_one_to_one_from_one_to_many_and_many_to_one(compiled: Callable[[int], Compiled]) -> None:
    found = drawing(compiled(1).built, "small")
    kinds = {(arrow.source, arrow.target): arrow.kind for arrow in found.arrows}
    assert kinds["tall_3.fit", "tall_3.score"] == "same"
    assert kinds["tall_3.split", "tall_3.fit"] == "broadcast"
    assert kinds["tall_3.score", "tall_3.best"] == "collect"
    assert kinds["tall_3.best", "tall_3.validation"] == "finds"


def test_no_two_boxes_overlap_and_groups_hold_theirs(compiled: Callable[[int], Compiled]) -> None:
    found = drawing(compiled(6).built, "several")
    placed = place(found, place_boxes(found), 1_000)
    corners = [placed.box(box.group, box.name) for box in found.boxes]
    for number, (x, y) in enumerate(corners):
        assert all(abs(x - a) >= WIDTH or abs(y - b) >= HEIGHT for a, b in corners[:number])
    for box in found.boxes:
        (left, top), (width, height) = placed.groups[box.group], placed.inside[box.group].size
        x, y = placed.box(box.group, box.name)
        assert left < x < x + WIDTH < left + width
        assert top < y < y + HEIGHT < top + height


def test_a_drawing_is_the_same_every_time(compiled: Callable[[int], Compiled]) -> None:
    one, other = (drawing(compiled(3).built, "same") for _ in range(2))
    assert place(one, place_boxes(one), 900) == place(other, place_boxes(other), 900)
