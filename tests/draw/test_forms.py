"""Each form, golden for a small graph, and whole where every name and value is hostile."""

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as Tree

import pytest

from mlc_compiler.draw.drawing import Drawing, drawing
from mlc_compiler.draw.forms import FORMS
from mlc_compiler.driver import Compiled
from mlc_compiler.explain.step import details
from mlc_compiler.graph.graph import Graph
from mlc_compiler.passes.facts import Facts

GOLDEN = Path(__file__).parent / "golden"
MERMAID = re.compile(r"flowchart LR|  end|  \w+ (-->|-\.->|==>|-\. finds \.->) \w+|  classDef [\w :#,-]+")


@pytest.fixture
def drawn(hostile: Graph, hostile_text: str) -> list[Drawing]:
    one = drawing(hostile, hostile_text, hostile_text, lambda step: details(hostile, step.name, Facts()))
    return [one, one]


@pytest.mark.parametrize("form", ["outline", "mermaid", "dot"])
def test_golden(form: str, compiled: Callable[[int], Compiled], golden: Callable[[Path, str], None]) -> None:
    golden(GOLDEN / f"{form}.txt", FORMS[form]([drawing(compiled(1).built, "small", "as written")]))


def test_hostile_text_stays_text_in_svg(drawn: list[Drawing]) -> None:
    root = Tree.fromstring(FORMS["svg"](drawn))
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags == {"svg", "title", "desc", "style", "defs", "marker", "path", "rect", "g", "text"}
    assert not [key for element in root.iter() for key in element.attrib if key.startswith("on") or "href" in key]
    assert any("<script>" in (element.text or "") for element in root.iter())


def test_hostile_text_stays_text_in_html(drawn: list[Drawing]) -> None:
    page = Elements()
    page.feed(FORMS["html"](drawn))
    assert page.count["script"] == 2
    assert "img" not in page.count
    assert page.count["button"] >= 6
    assert not [name for name in page.attributes if name.startswith("on")]
    assert page.attributes.isdisjoint({"src", "href"})
    data = json.loads(page.data)
    assert any("</script>" in box["name"] for box in data[0]["boxes"].values())


def test_hostile_text_stays_text_in_mermaid(drawn: list[Drawing]) -> None:
    for line in FORMS["mermaid"](drawn).splitlines():
        label = re.fullmatch(r'\s+(?:subgraph )?[\w]+\["([^"]*)"\](?::::\w+)?', line)
        if label:
            assert re.fullmatch(r"(?:[\w .,+=-]|#\d+;|<br>)*", label[1], re.ASCII), line
        else:
            assert MERMAID.fullmatch(line), line


def test_hostile_text_stays_text_in_dot(drawn: list[Drawing]) -> None:
    text = FORMS["dot"](drawn)
    string = r'"(?:[^"\\]|\\.)*"'
    bare = re.sub(string, '""', text)
    assert re.fullmatch(r'(?:[\w\s=,.;{}\[\]]|""|->)*', bare), bare
    assert bare.count("{") == bare.count("}")


def test_hostile_text_is_data_in_json(drawn: list[Drawing], hostile_text: str) -> None:
    assert json.loads(FORMS["json"](drawn))[0]["title"] == hostile_text


def test_no_form_moves_the_cursor_or_turns_the_text(drawn: list[Drawing]) -> None:
    for name, write in FORMS.items():
        assert not {"\x07", "\u202e"} & set(write(drawn)), name


def test_the_page_asks_for_nothing_from_elsewhere(compiled: Callable[[int], Compiled]) -> None:
    text = FORMS["html"]([drawing(compiled(1).built, "small")])
    assert "default-src 'none'" in text
    assert not re.findall(r"(?:src|href|url)\s*[=(]\s*[\"']?(?!#)\w", text)


class Elements(HTMLParser):
    """Counts a page's elements."""

    def __init__(self) -> None:
        super().__init__()
        self.count: dict[str, int] = {}
        self.attributes: set[str] = set()
        self.data = ""
        self._reading = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.count[tag] = self.count.get(tag, 0) + 1
        self.attributes |= {name for name, _ in attrs}
        self._reading = ("id", "data") in attrs

    def handle_endtag(self, tag: str) -> None:
        self._reading = False

    def handle_data(self, data: str) -> None:
        if self._reading:
            self.data += data
