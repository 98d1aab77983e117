"""`mlc lsp` as an editor talks to it, in YAML and in TOML."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from tests.engines.editors.editor import CURSOR, Editor

ROOT = Path(__file__).parents[3]
SCRIPTS = Path(sysconfig.get_path("scripts"))
FLIGHTS = (ROOT / "examples/flights/pipeline.yaml").read_text(encoding="utf-8")
PENGUINS = (ROOT / "examples/penguins/pipeline.toml").read_text(encoding="utf-8")
TEXTS = {"pipeline.yaml": FLIGHTS, "penguins.toml": PENGUINS}

Edit = Callable[[str, str], str]


def _edited(name: str, old: str, new: str) -> str:
    assert old in TEXTS[name], old
    return TEXTS[name].replace(old, new, 1)


@pytest.mark.parametrize("name", TEXTS)
def test_nothing_is_wrong_with_the_examples(mlc_editor: Editor, name: str) -> None:
    mlc_editor.open(TEXTS[name], name)
    assert mlc_editor.diagnostics(name) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "code", "underlined"),
    [
        pytest.param("pipeline.yaml", "label: arr_delay", "label: arr_dely", "MLC307", "arr_dely", id="column"),
        pytest.param("pipeline.yaml", "examples: departures", "examples: depart", "MLC201", "depart", id="examples"),
        pytest.param("pipeline.yaml", "grid:", "gird:", "MLC101", "gird", id="key"),
        pytest.param("pipeline.yaml", "window: 6h", "window: 6 h", "MLC106", "6 h", id="window"),
        pytest.param("pipeline.yaml", "label: arr_delay > 15", "label: dep_delay >", "MLC301", ">", id="half typed"),
        pytest.param("pipeline.yaml", "features: [carrier.late]", "features: [carrier.", "MLC006", "}", id="open"),
        pytest.param("pipeline.yaml", "maximize", "minimize", "MLC508", "minimize", id="direction"),
        pytest.param("pipeline.yaml", "connection: warehouse", "connection: house", "MLC705", "house", id="connection"),
        pytest.param("pipeline.yaml", "window: 6h", "window: 0h..6h", "MLC430", None, id="time"),
        pytest.param("pipeline.yaml", '"functions:precision_at"', '"functions:precision"', "MLC901", None, id="code"),
        pytest.param("penguins.toml", 'label = "species"', 'label = "specie"', "MLC307", "specie", id="toml column"),
        pytest.param("penguins.toml", 'from = "penguins"', "from = ", "MLC006", None, id="toml half typed"),
        pytest.param("penguins.toml", 'features = ["home"]', 'features = ["hom"]', "MLC201", '"hom"', id="toml group"),
    ],
)
def test_what_is_wrong_is_underlined(
    mlc_editor: Editor, name: str, old: str, new: str, code: str, underlined: str | None
) -> None:
    text = _edited(name, old, new)
    mlc_editor.open(text, name)
    found = [each for each in mlc_editor.diagnostics(name) if each.code == code]
    assert found, mlc_editor.diagnostics(name)
    assert all(each.source == "mlc" and each.message for each in found)
    if underlined is not None:
        line = text.split("\n")[found[0].range.start.line]
        assert line[found[0].range.start.character : found[0].range.end.character] == underlined


def test_what_is_wrong_comes_and_goes_with_each_key(mlc_editor: Editor) -> None:
    before, typed = "    label: ", "dest = '🛫' and arr_dely > 1 and "
    line = next(number for number, each in enumerate(FLIGHTS.split("\n")) if each.startswith(f"{before}arr_delay"))
    mlc_editor.open(FLIGHTS, "pipeline.yaml")
    assert mlc_editor.diagnostics("pipeline.yaml") == []
    start = types.Position(line, len(before))
    mlc_editor.write("pipeline.yaml", types.Range(start, start), typed)
    (found,) = mlc_editor.diagnostics("pipeline.yaml")
    assert (found.code, found.range.start.character) == ("MLC307", len(before) + len("dest = 'xx' and "))
    mlc_editor.write("pipeline.yaml", found.range, "arr_delay")
    assert mlc_editor.diagnostics("pipeline.yaml") == []
    mlc_editor.write("pipeline.yaml", types.Range(start, types.Position(line, len(before) + len("dest = "))), "")
    assert mlc_editor.diagnostics("pipeline.yaml")[0].code == "MLC006"
    mlc_editor.write("pipeline.yaml", types.Range(start, start), "dest = ")
    assert mlc_editor.diagnostics("pipeline.yaml") == []


def test_related_places_are_told(mlc_editor: Editor) -> None:
    mlc_editor.open(_edited("pipeline.yaml", "  weather:", "  flights:"), "pipeline.yaml")
    (found,) = [each for each in mlc_editor.diagnostics("pipeline.yaml") if each.code == "MLC007"]
    (related,) = found.related_information or ()
    assert (related.location.range.start.line, related.message) == (7, "first given here")


def test_a_mistake_in_the_environment_is_told_there_and_goes_with_it(mlc_editor: Editor) -> None:
    mlc_editor.open(FLIGHTS, "pipeline.yaml")
    mlc_editor.open("connections:\n  other: {type: folder, path: data}\n", "environment.yaml")
    assert mlc_editor.diagnostics("environment.yaml") == []
    assert [each.code for each in mlc_editor.diagnostics("pipeline.yaml")] == ["MLC705"]
    mlc_editor.close("environment.yaml")
    mlc_editor.open(FLIGHTS, "pipeline.yaml")
    assert mlc_editor.diagnostics("pipeline.yaml") == []


def test_code_that_changes_on_the_disk_is_read_again(mlc_editor: Editor) -> None:
    code = mlc_editor.folder / "functions.py"
    text = code.read_text(encoding="utf-8")
    mlc_editor.open(FLIGHTS, "pipeline.yaml")
    assert mlc_editor.diagnostics("pipeline.yaml") == []
    code.write_text(text.replace("def precision_at", "def precise_at"), encoding="utf-8")
    mlc_editor.changed_on_disk("functions.py")
    assert {each.code for each in mlc_editor.diagnostics("pipeline.yaml")} == {"MLC901"}
    code.write_text(text, encoding="utf-8")
    mlc_editor.changed_on_disk("functions.py")
    assert mlc_editor.diagnostics("pipeline.yaml") == []


def test_other_files_are_nobodys_business(mlc_editor: Editor) -> None:
    mlc_editor.open("services: {db: {image: postgres}}\n", "compose.yaml")
    assert mlc_editor.diagnostics("compose.yaml") == []


@pytest.mark.parametrize(
    ("name", "old", "new", "offered"),
    [
        pytest.param("pipeline.yaml", "label: arr_delay > 15", "label: arr‸", "arr_delay", id="column"),
        pytest.param("pipeline.yaml", "features: [carrier.late]", "features: [‸", "carrier.late", id="open list"),
        pytest.param("pipeline.yaml", "connection: warehouse", "connection: ‸", "warehouse", id="connection"),
        pytest.param("pipeline.yaml", "when: late.test", "when: late.‸", "late.live.test.roc_auc", id="condition"),
        pytest.param(
            "pipeline.yaml", "{delay: avg(dep_delay)}}\n  landed", "{delay: avg(‸\n  landed", "dep_delay", id="open"
        ),
        pytest.param("penguins.toml", 'from = "penguins"', "from = ‸", "penguins", id="toml value"),
        pytest.param("penguins.toml", 'label = "species"', 'label = "spec‸', "species", id="toml open quote"),
        pytest.param("penguins.toml", 'features = ["home"]', 'features = ["home", ‸', "body.sex", id="toml list"),
        pytest.param("penguins.toml", 'minimize = "log_loss"', "minimize = ‸", "log_loss", id="toml metric"),
    ],
)
def test_names_are_offered_in_what_is_half_typed(
    mlc_editor: Editor, name: str, old: str, new: str, offered: str
) -> None:
    text = _edited(name, old, new)
    found = mlc_editor.completions(text, name)
    assert offered in found, sorted(found)
    edit = found[offered].text_edit
    assert isinstance(edit, types.TextEdit)
    quoted = name.endswith(".toml") and '"' not in new.partition(CURSOR)[0].rpartition(" ")[2]
    assert edit.new_text == (f'"{offered}"' if quoted else offered)


@pytest.mark.parametrize("name", TEXTS)
def test_names_are_explained(mlc_editor: Editor, name: str) -> None:
    old, new, said = {
        "pipeline.yaml": ("label: arr_delay", "label: arr‸_delay", "`arr_delay`: `float`, column of source `flights`"),
        "penguins.toml": ('label = "species', 'label = "spec‸ies', "`species`: `string`, column of source `penguins`"),
    }[name]
    assert said in mlc_editor.hover(_edited(name, old, new), name)


def test_a_name_leads_to_its_definition_and_its_uses(mlc_editor: Editor) -> None:
    text = _edited("pipeline.yaml", "features: [carrier.late]", "features: [car‸rier.late]")
    assert mlc_editor.locations(text, "pipeline.yaml", definition=True) == [("pipeline.yaml", "carrier")]
    assert mlc_editor.locations(text, "pipeline.yaml", definition=False) == [("pipeline.yaml", "carrier")] * 3
    text = _edited("pipeline.yaml", "connection: warehouse", "connection: ware‸house")
    assert mlc_editor.locations(text, "pipeline.yaml", definition=True) == [("environment.yaml", "warehouse")]
    text = _edited("penguins.toml", '"home.island"', '"home.is‸land"')
    assert ("penguins.toml", "island") in mlc_editor.locations(text, "penguins.toml", definition=True)


def test_definitions_are_found_while_another_line_is_half_typed(mlc_editor: Editor) -> None:
    text = _edited("pipeline.yaml", "features: [carrier.late]", "features: [car‸rier.late]")
    text = text.replace("  late_today: {model", "  late_today: {{model", 1)
    assert mlc_editor.locations(text, "pipeline.yaml", definition=True) == [("pipeline.yaml", "carrier")]


def test_a_thing_gets_another_name_in_all_files(mlc_editor: Editor) -> None:
    text = _edited("pipeline.yaml", "connection: warehouse", "connection: ware‸house")
    found = mlc_editor.renamed(text, "pipeline.yaml", "dwh")
    assert found["environment.yaml"] == (ROOT / "examples/flights/environment.yaml").read_text(
        encoding="utf-8"
    ).replace("  warehouse:", "  dwh:")
    assert found["pipeline.yaml"] == FLIGHTS.replace("connection: warehouse", "connection: dwh")


def test_a_table_of_toml_gets_another_name_in_all_its_headers(mlc_editor: Editor) -> None:
    text = _edited("penguins.toml", "[training.species]", "[training.spec‸ies]")
    found = mlc_editor.renamed(text, "penguins.toml", "kind")["penguins.toml"]
    assert found == PENGUINS.replace("training.species", "training.kind")


def test_a_column_keeps_the_name_that_it_has_in_the_data(mlc_editor: Editor) -> None:
    with pytest.raises(JsonRpcException, match="the name that it has in the data"):
        mlc_editor.renamed(_edited("pipeline.yaml", "label: arr_delay", "label: arr_‸delay"), "pipeline.yaml", "x")


@pytest.mark.parametrize(
    ("name", "old", "new", "title"),
    [
        pytest.param("pipeline.yaml", "    grid:", "    gird:", "write `grid`", id="key"),
        pytest.param(
            "pipeline.yaml", "examples: departures\n", "examples: depatures\n", "write `departures`", id="name"
        ),
        pytest.param("pipeline.yaml", "select: {maximize", "select: {minimize", "write `maximize`", id="direction"),
        pytest.param("pipeline.yaml", "label: arr_delay", "label: arr_dely", "write `arr_delay`", id="column"),
        pytest.param("pipeline.yaml", "hour: hour(", "hour: huor(", "write `hour`", id="function"),
        pytest.param("pipeline.yaml", "mode: online", "mode: onlin", "write `online`", id="value"),
        pytest.param("penguins.toml", 'label = "species"', 'label = "specie"', "write `species`", id="toml"),
    ],
)
def test_what_is_certain_is_mended_by_a_key(mlc_editor: Editor, name: str, old: str, new: str, title: str) -> None:
    text = _edited(name, old, new)
    mlc_editor.open(text, name)
    assert mlc_editor.diagnostics(name)
    assert mlc_editor.fixes(name)[title](text) == TEXTS[name]


def test_tasks_stand_above_what_makes_them(mlc_editor: Editor) -> None:
    mlc_editor.open(FLIGHTS, "pipeline.yaml")
    mlc_editor.diagnostics("pipeline.yaml")
    found = mlc_editor.lenses("pipeline.yaml")
    lines = FLIGHTS.split("\n")
    assert found[0].endswith("tasks in all")
    assert found[lines.index("  late:")] == "<=76 tasks"


def test_a_file_and_those_that_include_it(tmp_path: Path) -> None:
    for folder in (".git", "common", "shop"):
        (tmp_path / folder).mkdir()
    crm = (
        "mlc: 1\nname: crm\nsources:\n  calls: {read: calls.csv, columns: {id: int, n: int}, key: [id], static: true}\n"
    )
    shop = (
        "mlc: 1\nname: shop\ninclude: {crm: ../common/crm.yaml}\nfeatures:\n"
        "  told: {from: crm.calls, join: [id], columns: [n]}\n"
    )
    (tmp_path / "common/crm.yaml").write_text(crm, encoding="utf-8")
    (tmp_path / "shop/pipeline.yaml").write_text(shop, encoding="utf-8")
    with Editor([str(SCRIPTS / "mlc"), "lsp"], tmp_path) as editor:
        editor.open(shop, "shop/pipeline.yaml")
        assert editor.diagnostics("shop/pipeline.yaml") == []
        editor.open(crm.replace("key: [id]", "key: [ids]"), "common/crm.yaml")
        editor.open(shop, "shop/pipeline.yaml")
        assert editor.diagnostics("shop/pipeline.yaml") == []
        (found_there,) = editor.diagnostics("common/crm.yaml")
        assert (found_there.code, "source `calls`" in found_there.message) == ("MLC204", True)
        found = editor.renamed(crm.replace("  calls:", "  cal‸ls:"), "common/crm.yaml", "talks")
        assert found == {
            "crm.yaml": crm.replace("  calls:", "  talks:"),
            "pipeline.yaml": shop.replace("crm.calls", "crm.talks"),
        }
        uses = editor.locations(crm.replace("  calls:", "  cal‸ls:"), "common/crm.yaml", definition=False)
        assert uses == [("crm.yaml", "calls"), ("pipeline.yaml", "calls")]


def test_a_folder_with_a_blank_and_letters_beyond_ascii(tmp_path: Path) -> None:
    folder = tmp_path / "Über uns"
    folder.mkdir()
    with Editor([str(SCRIPTS / "mlc"), "lsp"], folder) as editor:
        text = FLIGHTS.replace("name: flight-delays", "description: 🛫 ä\nname: flight-delays").replace(
            "label: arr_delay > 15  #", "label: \"origin = '🛫' and arr_dely > 15\"  #"
        )
        editor.open(
            text.replace("connection: warehouse, table: public.weather", "connection: w, table: t"), "pipeline.yaml"
        )
        (found,) = [each for each in editor.diagnostics("pipeline.yaml") if each.code == "MLC307"]
        line = text.split("\n")[found.range.start.line].encode("utf-16-le")
        start, end = found.range.start.character, found.range.end.character
        assert line[2 * start : 2 * end].decode("utf-16-le") == "arr_dely"


def test_without_pygls_it_says_what_to_install() -> None:
    code = "import sys; sys.modules['pygls'] = None; from mlc_compiler.cli.main import main; sys.exit(main(['lsp']))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "the language server needs pygls: pip install 'mlc-compiler[lsp]'\n"
