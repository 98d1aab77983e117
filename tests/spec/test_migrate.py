"""The way to later versions of the language."""

from pathlib import Path

import pytest

from mlc_compiler.cli.main import main
from mlc_compiler.source.document import Document
from mlc_compiler.source.read import read
from mlc_compiler.spec.migrate import ClashError, migrate
from mlc_compiler.spec.versions import RENAMES, VERSION, Rename

YAML = """\
# what comes back
"mlc": 0  # the draft
name: shop
training:
  returns:
    model: p.Model  # hyperparameters below
    'hyperparameters':  # few
      hyperparameters: [1, 2]
  other: {model: p.Model, hyperparameters: {a: [hyperparameters]}}
steps: {hyperparameters: {use: "p:f"}}
"""
TOML = """\
# what comes back
mlc = 0  # the draft
name = "größer"

[training.returns]
model = "p.Model"  # hyperparameters below
hyperparameters.a = [1, 2]
"hyperparameters".b = [1]

[training.other]
model = "p.Model"

[training.other.hyperparameters]  # few
hyperparameters = [1, 2]

[training.other.hyperparameters.stage]
c = [1]

[training.third]
hyperparameters = { a = ["hyperparameters"] }

[steps.hyperparameters]
use = "p:f"
"""


def spec(text: str, file: str = "spec.yaml") -> Document:
    document = read(text.encode(), file)
    assert document.problems == ()
    return document


def test_a_key_is_renamed_and_nothing_else_in_yaml() -> None:
    assert migrate(spec(YAML)).text == (
        YAML.replace('"mlc": 0', '"mlc": 1')
        .replace("'hyperparameters'", "'grid'")
        .replace("hyperparameters: {a", "grid: {a")
    )


def test_a_key_is_renamed_and_nothing_else_in_toml() -> None:
    assert migrate(spec(TOML, "spec.toml")).text == (
        TOML.replace("mlc = 0", "mlc = 1")
        .replace("hyperparameters.a", "grid.a")
        .replace('"hyperparameters".b', '"grid".b')
        .replace("[training.other.hyperparameters", "[training.other.grid")
        .replace("hyperparameters = {", "grid = {")
    )


def test_what_came_through_an_alias_is_renamed_once() -> None:
    text = "mlc: 0\ntraining:\n  a: &a {hyperparameters: {x: [1]}}\n  b: *a\n  c: {<<: *a, model: p.M}\n"
    assert migrate(spec(text)).text == text.replace("mlc: 0", "mlc: 1").replace("hyperparameters", "grid")


def test_versions_are_passed_one_by_one() -> None:
    renames = {3: (Rename(("a", "*", "old"), "new"),), 4: (Rename(("a", "*", "new"), "newest"),)}
    text = "mlc: 3\na: [{old: 1}, {other: 2}]\n"
    assert migrate(spec(text), 5, renames).text == "mlc: 5\na: [{newest: 1}, {other: 2}]\n"
    assert migrate(spec(text), 4, renames).text == "mlc: 4\na: [{new: 1}, {other: 2}]\n"


@pytest.mark.parametrize("head", [f"mlc: {VERSION}", "mlc: 99", "mlc: -1", "mlc: zero", "mlc: true", "name: x"])
def test_what_is_current_or_of_no_known_version_stays(head: str) -> None:
    document = spec(f"{head}\ntraining: {{a: {{hyperparameters: {{}}}}}}\n")
    assert migrate(document) is document


def test_the_old_and_the_new_name_beside_each_other_are_refused() -> None:
    with pytest.raises(ClashError, match=r"`training\.a` has both `hyperparameters` and `grid`"):
        migrate(spec("mlc: 0\ntraining: {a: {hyperparameters: {}, grid: {}}}\n"))


def test_what_could_not_be_read_afterwards_is_refused() -> None:
    with pytest.raises(ClashError, match="version 1 cannot be written by itself here"):
        migrate(spec("mlc: &first 0\nseed: *first\n"))


def test_every_version_up_to_the_current_one_has_a_way() -> None:
    assert list(RENAMES) == list(range(VERSION))


def test_the_command_rewrites_files_and_checks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new, clash = (tmp_path / name for name in ("old.yaml", "new.yaml", "clash.yaml"))
    old.write_text("mlc: 0\nname: shop\ntraining: {a: {hyperparameters: {x: [1]}}}  # kept\n")
    new.write_text("mlc: 1\nname: shop\n")
    assert main(["validate", str(old)]) == 1
    assert "mlc migrate" in capsys.readouterr().err
    assert main(["migrate", "--check", str(tmp_path)]) == 5
    assert capsys.readouterr().err == f"would migrate {old}\n"
    assert main(["migrate", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"migrated {old} from version 0 of the language to 1\n"
    assert old.read_text() == "mlc: 1\nname: shop\ntraining: {a: {grid: {x: [1]}}}  # kept\n"
    assert main(["migrate", "--check", str(tmp_path)]) == 0
    clash.write_text("mlc: 0\nname: shop\ntraining: {a: {hyperparameters: {}, grid: {}}}\n")
    assert main(["migrate", str(clash)]) == 1
    assert "has both" in capsys.readouterr().err
