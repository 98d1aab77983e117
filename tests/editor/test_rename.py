"""Definitions, references and other names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mlc_compiler.check.references import references as checked_references
from mlc_compiler.editor.names import definition
from mlc_compiler.editor.rename import RefusedError, applied, rename
from mlc_compiler.editor.session import includers, look
from mlc_compiler.editor.uses import uses, uses_at
from mlc_compiler.editor.view import View

ROOT = Path(__file__).parents[2]
SPECS = sorted([*(ROOT / "examples").glob("*/pipeline.*"), *(ROOT / "tests/spec/ok").glob("deliveries.[yt]*")])
NEW = "zz_new"


@pytest.mark.deep
@pytest.mark.parametrize("path", SPECS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_each_name_but_a_columns_can_be_another_and_back(path: Path) -> None:
    assert _there_and_back(path, 1) > 8


@pytest.mark.parametrize("path", SPECS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_some_names_can_be_another_and_back(path: Path) -> None:
    assert _there_and_back(path, 7) > 1


def _there_and_back(path: Path, step: int) -> int:
    """Gives every so many names of a spec another one, and takes it back; how many it could."""
    before = look(str(path), {})
    errors = sum(each.severity == "error" for each in before.diagnostics)
    tried = 0
    mine = [use for use in uses(before) if use.defines and use.file == str(path) and use.symbol.kind != "column"]
    for use in mine[::step]:
        try:
            edits = rename(before, use.extent[0], NEW, look)
        except RefusedError as refused:
            if "as it is" not in str(refused):
                raise
            continue
        tried += 1
        texts = {file: applied(before.documents[file].text, edits, file) for file in {edit.file for edit in edits}}
        after = look(str(path), texts)
        assert sum(each.severity == "error" for each in after.diagnostics) == errors, use
        now = next(each for each in uses(after) if each.defines and each.symbol.name == NEW)
        back = rename(
            after, now.extent[0], use.symbol.name, lambda file, new, texts=texts: look(file, {**texts, **new})
        )
        for file, text in texts.items():
            assert applied(text, back, file) == before.documents[file].text
    return tried


@pytest.mark.parametrize("path", SPECS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_each_reference_that_the_check_follows_is_a_use(path: Path) -> None:
    view = look(str(path), {})
    assert view.checked is not None
    found = {(use.file, use.extent) for use in uses(view)}
    for reference in checked_references(view.checked.entries):
        span = view.documents[reference.place.file].span(reference.place)
        text = view.documents[reference.place.file].text[span.start.offset : span.end.offset]
        quote = int(text.startswith(("'", '"')))
        start, end = span.start.offset + quote, span.end.offset - quote
        start = end - len(reference.name.rpartition(".")[2])
        assert (reference.place.file, (start, end)) in found, reference


@pytest.mark.parametrize("path", SPECS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_is_used_is_defined_where_its_definition_is(path: Path) -> None:
    view = look(str(path), {})
    defined = {use.symbol: use for use in uses(view) if use.defines}
    assert len(defined) > 10
    for symbol in {use.symbol for use in uses(view)}:
        place = definition(view, symbol)
        if symbol in defined:
            assert place is not None, symbol
            span = view.documents[place.file].span(place)
            assert span.start.offset <= defined[symbol].extent[0] <= span.end.offset
        else:
            assert symbol.kind in {"connections", "pools", "secrets", "column"}, symbol


def test_a_name_of_the_environment_is_another_in_both(
    opened: Callable[..., tuple[View, int]], shop: Callable[..., str]
) -> None:
    view, offset = opened(shop("connection: db,", "connection: ‸db,"))
    edits = rename(view, offset, "dwh", lambda file, new: look(file, {view.file: view.document.text, **new}))
    names = [(Path(edit.file).name, edit.text) for edit in edits]
    assert sorted(names) == [("environment.yaml", "dwh"), ("pipeline.yaml", "dwh"), ("pipeline.yaml", "dwh")]


def test_a_source_is_renamed_before_its_columns_in_a_query(
    opened: Callable[..., tuple[View, int]], shop: Callable[..., str]
) -> None:
    query = "select orders.order_id, orders.amount, orders.placed_at from orders join customers c using (customer_id)"
    text = shop("select o.order_id, o.amount, o.placed_at from orders o", query).replace("  orders:", "  or‸ders:", 1)
    view, offset = opened(text)
    edits = rename(view, offset, "sales_orders", look)
    renamed = applied(view.document.text, edits, view.file)
    assert query.replace("orders", "sales_orders") in renamed
    assert (
        renamed.count("sales_orders") == view.document.text.count("orders") - 1
    )  # the connection has a table of the name


def test_a_name_of_an_included_file_is_another_in_both(
    opened: Callable[..., tuple[View, int]], shop: Callable[..., str]
) -> None:
    crm = "mlc: 1\nname: crm\nsources:\n  calls: {read: calls.csv, columns: {order_id: int, n: int}, static: true}\n"
    text = shop("name: shop\n", "name: shop\ninclude: {crm: crm.yaml}\n").replace("from: spend", "from: crm.‸calls", 1)
    view, offset = opened(text, crm_yaml=crm)
    (use,) = uses_at(view, offset)
    assert use.symbol.name == "crm.calls"
    edits = rename(view, offset, "talks", lambda file, new: look(file, {view.file: view.document.text, **new}))
    assert sorted(Path(edit.file).name for edit in edits) == ["crm.yaml", "pipeline.yaml"]


def test_specs_that_include_a_file_follow_its_names(
    opened: Callable[..., tuple[View, int]], shop: Callable[..., str], tmp_path: Path
) -> None:
    crm = (
        "mlc: 1\nname: crm\nsources:\n  calls: {read: calls.csv, columns: {order_id: int, n: int}, static: true}\n"
        "features:\n  talks: {from: calls, join: [order_id], columns: {number: n}}\n"
    )
    text = shop("name: shop\n", "name: shop\ninclude: {crm: common/../crm.yaml}\n").replace(
        "[recent,", "[crm.talks.number,"
    )
    (tmp_path / ".git").mkdir()
    (tmp_path / "common").mkdir()
    (tmp_path / "pipeline.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "other.yaml").write_text("mlc: 1\nname: crm.yaml\n", encoding="utf-8")
    for marked, name in (("  talks:", "ta‸lks:"), ("{number:", "{num‸ber:")):
        view, offset = opened(crm.replace(marked, marked[: marked.index(name[0])] + name), "crm.yaml")
        others = tuple(includers(view.file, {view.file: crm}))
        assert [Path(each.file).name for each in others] == ["pipeline.yaml"]
        edits = rename(view, offset, "other", lambda file, new, now=view: look(file, {now.file: crm, **new}), others)
        assert sorted(Path(edit.file).name for edit in edits) == ["crm.yaml", "pipeline.yaml"]


@pytest.mark.parametrize(
    ("old", "new", "name", "why"),
    [
        pytest.param("sum(amount)", "sum(amo‸unt)", "price", "the name that it has in the data", id="a column"),
        pytest.param("columns: [country]", "columns: [cou‸ntry]", "land", "is a column as it is", id="as it is"),
        pytest.param("from: spend", "from: spe‸nd", "orders", "would not mean what it does", id="taken"),
        pytest.param("from: spend", "from: spe‸nd", "Spend", "is no name", id="no name"),
        pytest.param("  recent:", "  rec‸ent:", "sources", "would not mean what it does", id="a word of the language"),
        pytest.param("window: 30d", "window: 3‸0d", "x", "nothing here has a name", id="nothing"),
    ],
)
def test_what_cannot_have_another_name_is_refused_with_the_reason(
    opened: Callable[..., tuple[View, int]], shop: Callable[..., str], old: str, new: str, name: str, why: str
) -> None:
    view, offset = opened(shop(old, new))
    with pytest.raises(RefusedError, match=why):
        rename(view, offset, name, look)
