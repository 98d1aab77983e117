"""The page in a real browser, offline: what a person sees, types and clicks."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mlc_compiler.draw.drawing import drawing
from mlc_compiler.draw.forms import FORMS
from mlc_compiler.draw.marks import marks
from mlc_compiler.driver import Compiled, check_file, compile_checked
from mlc_compiler.explain.changes import Change
from mlc_compiler.explain.step import details
from mlc_compiler.graph.graph import Graph
from mlc_compiler.graph.size import number
from mlc_compiler.passes.facts import Facts

pytestmark = pytest.mark.browser

FLIGHTS = Path(__file__).parents[2] / "examples" / "flights" / "pipeline.yaml"


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert found, "these tests need a browser: apt-get install chromium"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found)
        yield started
        started.close()


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Opens text as a page; nothing may go wrong in it, and nothing may be asked of a network."""
    trouble: list[str] = []
    context = browser.new_context(offline=True, viewport={"width": 1400, "height": 900})

    def open_page(text: str, name: str = "page.html", *, expected: str | None = None, **options: Any) -> Any:
        def said(message: Any) -> None:
            if message.type == "error" and not (expected and expected in message.text):
                trouble.append(message.text)

        (tmp_path / name).write_text(text, encoding="utf-8")
        page = context.new_page()
        page.emulate_media(**options)
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("console", said)
        page.on("request", lambda request: trouble.append(request.url) if request.url[:5] != "file:" else None)
        page.goto((tmp_path / name).as_uri())
        return page

    yield open_page
    context.close()
    assert trouble == []


@pytest.fixture(scope="session")
def flights() -> Graph:
    return compile_checked(check_file(FLIGHTS), FLIGHTS.parent).built


def page_of(graph: Graph, *notes: str) -> str:
    drawings = [
        drawing(graph, "a graph", note, lambda step: details(graph, step.name, Facts())) for note in notes or ("one",)
    ]
    return FORMS["html"](drawings)


def ends(page: Any) -> list[list[float]]:
    """For each arrow between open boxes: how far its ends are from the boxes that they belong to."""
    return page.evaluate(
        """() => [...document.querySelectorAll(".wires g path")].map((path) => {
          const [from, to] = path.dataset.ends.split(" ").map((id) => document.getElementById(id));
          if (!from.closest("details").open || !to.closest("details").open) return [0, 0];
          const matrix = path.getScreenCTM(), length = path.getTotalLength();
          const away = (box, at) => {
            const point = path.getPointAtLength(at).matrixTransform(matrix), r = box.getBoundingClientRect();
            const x = Math.max(r.left - point.x, 0, point.x - r.right);
            return Math.hypot(x, Math.max(r.top - point.y, 0, point.y - r.bottom));
          };
          return [away(from, 0), away(to, length)];
        })"""
    )


def test_all_that_a_small_graph_has_is_seen_at_once(compiled: Callable[[int], Compiled], opened: Any) -> None:
    page = opened(page_of(compiled(1).built))
    assert page.locator(".box").count() == page.locator(".box:visible").count() == 18
    assert page.get_by_role("button", name="tall_3.fit: train, 6 tasks over grid 6").is_visible()
    assert page.title() == "a graph"


def test_arrows_end_at_their_boxes_whatever_is_open_and_however_large(flights: Graph, opened: Any) -> None:
    page = opened(page_of(flights))
    assert page.locator(".wires g path").count() > 60
    assert max(max(pair) for pair in ends(page)) < 1.5
    page.get_by_role("button", name="Larger").click()
    page.locator("summary").first.click()
    page.wait_for_timeout(100)
    assert max(max(pair) for pair in ends(page)) < 1.5


def test_labels_fit_into_their_boxes(flights: Graph, opened: Any) -> None:
    page = opened(page_of(flights))
    cut = page.evaluate(
        """() => [...document.querySelectorAll(".name, .op, .head")]
          .filter((element) => element.scrollWidth > element.clientWidth + 1).map((element) => element.textContent)"""
    )
    assert cut == []


def test_labels_of_the_svg_fit_into_their_boxes(flights: Graph, opened: Any) -> None:
    page = opened(FORMS["svg"]([drawing(flights, "flights")]), "graph.svg")
    wide = page.evaluate(
        """() => [...document.querySelectorAll(".box")].filter((box) => {
          const card = box.querySelector(".card").getBBox();
          const right = (text) => text.getBBox().x + text.getBBox().width;
          return [...box.querySelectorAll(":scope > text")].some((text) => right(text) > card.width);
        }).map((box) => box.textContent)"""
    )
    assert wide == []


def test_five_hundred_steps_are_closed_groups_that_open(compiled: Callable[[int], Compiled], opened: Any) -> None:
    page = opened(page_of(compiled(41).built))
    assert page.locator(".box").count() == 498
    assert page.locator(".box:visible").count() == 0
    assert page.locator("summary:visible").count() == 44
    page.get_by_text("training tall_7").click()
    assert page.locator(".box:visible").count() == 12
    page.get_by_role("button", name="Open all").click()
    assert page.locator(".box:visible").count() == 498
    page.wait_for_timeout(200)
    assert page.locator(".wires g path").count() > 900
    page.get_by_role("button", name="Close all").click()
    page.wait_for_timeout(200)
    assert page.locator(".wires g path").count() < 200


def test_a_step_is_found_by_typing_and_told_about(compiled: Callable[[int], Compiled], opened: Any) -> None:
    page = opened(page_of(compiled(41).built))
    page.keyboard.press("/")
    page.keyboard.type("tall_9 best")
    assert page.locator("#hits").text_content() == "1 found"
    page.keyboard.press("Enter")
    details = page.get_by_role("complementary")
    assert details.get_by_role("heading").text_content() == "tall_9.best"
    assert "scores: tall_9.score.scores, all over tall_9.grid" in details.inner_text()
    assert page.get_by_role("button", name="tall_9.best: select").is_visible()
    page.keyboard.press("Escape")
    assert not details.is_visible()


def test_keys_walk_along_the_arrows(compiled: Callable[[int], Compiled], opened: Any) -> None:
    page = opened(page_of(compiled(1).built))
    page.get_by_role("button", name="tall_3.fit: train").focus()
    focused = "document.activeElement.getAttribute('aria-label').split(':')[0]"
    for key, name in (("ArrowRight", "tall_3.score"), ("ArrowDown", "tall_3.best"), ("ArrowLeft", "tall_3.score")):
        page.keyboard.press(key)
        assert page.evaluate(focused) == name
    page.keyboard.press("Enter")
    assert page.locator("aside h2").text_content() == "tall_3.score"


def test_a_step_that_is_looked_at_lights_its_arrows(compiled: Callable[[int], Compiled], opened: Any) -> None:
    page = opened(page_of(compiled(1).built))
    page.get_by_role("button", name="tall_3.best: select").hover()
    lit = page.locator(".wires g path.near").evaluate_all("paths => paths.map((path) => path.getAttribute('class'))")
    assert sorted(name.split()[1] for name in lit) == ["collect", "finds"]


def test_hostile_text_does_nothing_and_is_shown(hostile: Graph, hostile_text: str, opened: Any) -> None:
    text = FORMS["html"](
        [drawing(hostile, hostile_text, hostile_text, lambda step: details(hostile, step.name, Facts()))]
    )
    page = opened(text)
    page.locator(".box").nth(1).click()
    assert page.evaluate("window.broken") is None
    assert page.locator("img").count() == 0
    assert "<script>window.broken=1</script>" in page.locator("aside h2").text_content()
    assert "<script>" in page.locator("h1").text_content()


def test_a_script_that_is_not_ours_does_not_run(compiled: Callable[[int], Compiled], opened: Any) -> None:
    text = page_of(compiled(1).built).replace("</body>", "<script>window.broken = 1</script></body>")
    page = opened(text, expected="violates the following Content Security Policy")
    assert page.evaluate("window.broken") is None
    assert page.locator(".wires g path").count() > 0


def test_dark_where_the_reader_wants_it(compiled: Callable[[int], Compiled], opened: Any) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    page = opened(page_of(compiled(1).built), color_scheme="dark")
    assert page.evaluate(ground) == "rgb(13, 17, 23)"
    page.get_by_role("button", name="Dark or light").click()
    assert page.evaluate(ground) == "rgb(255, 255, 255)"


def test_two_graphs_beside_each_other(compiled: Callable[[int], Compiled], opened: Any) -> None:
    graph = compiled(1).built
    smaller = Graph(tuple(step for step in graph.steps if step.name != "tall_3.register"), graph.axes)
    before, after = marks([Change("dropped", "tall_3.register", number(1), number(0))])
    page = opened(
        FORMS["html"]([drawing(graph, "both", "before", marks=before), drawing(smaller, "both", "after", marks=after)])
    )
    assert page.locator(".dropped").text_content().startswith("register")
    page.get_by_role("button", name="tall_3.fit: train").first.click()
    assert page.locator(".chosen").count() == 2
    page.get_by_role("button", name="after", exact=True).click()
    assert [view.is_visible() for view in page.locator(".view").all()] == [False, True]


def test_nothing_overlaps_on_a_small_screen(compiled: Callable[[int], Compiled], opened: Any) -> None:
    page = opened(page_of(compiled(1).built))
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="tall_3.fit: train").click()
    assert page.get_by_role("complementary").is_visible()
