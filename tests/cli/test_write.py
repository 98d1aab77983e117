"""Files that commands write over: at once, as what they are, and only where nobody else has changed them."""

import os
import stat
from pathlib import Path

import pytest

import mlc_compiler.source.format
from mlc_compiler.cli.main import main
from mlc_compiler.cli.write import write_files

OLD = "mlc: 0\nname:   x\ntraining: {t: {examples: e, features: [f], model: a:b, hyperparameters: {k: [1]}}}\n"
MARK = "\ufeff"
COMMANDS = pytest.mark.parametrize("command", ["fmt", "migrate"])


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "pipeline.yaml"
    path.write_bytes(OLD.encode())
    return path


def scratch(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


@COMMANDS
def test_links_and_permissions_stay(command: str, spec: Path) -> None:
    spec.chmod(0o640)
    link = spec.with_name("link.yaml")
    link.symlink_to(spec.name)
    assert main([command, str(link)]) == 0
    assert link.is_symlink()
    assert spec.read_text() != OLD
    assert stat.S_IMODE(spec.stat().st_mode) == 0o640
    assert scratch(spec.parent) == []


@COMMANDS
def test_the_byte_order_mark_stays(command: str, spec: Path) -> None:
    spec.write_bytes((MARK + OLD).encode())
    assert main([command, str(spec)]) == 0
    assert spec.read_bytes().startswith(MARK.encode())
    assert main([command, "--check", str(spec)]) == 0


def test_migrate_keeps_line_ends(spec: Path) -> None:
    spec.write_bytes(OLD.replace("\n", "\r\n").encode())
    assert main(["migrate", str(spec)]) == 0
    assert spec.read_bytes().decode() == OLD.replace("mlc: 0", "mlc: 1").replace("hyperparameters", "grid").replace(
        "\n", "\r\n"
    )


@COMMANDS
def test_a_file_is_whole_whenever_the_process_ends(command: str, spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", killed)
    assert main([command, str(spec)]) == 130
    assert spec.read_bytes() == OLD.encode()
    assert scratch(spec.parent) == []


@COMMANDS
def test_what_cannot_be_written_is_said(
    command: str, spec: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert main([command, str(spec)]) == 1
    assert capsys.readouterr().err == f"cannot write `{spec}`: No space left on device\n"
    assert (spec.read_bytes(), scratch(spec.parent)) == (OLD.encode(), [])


def test_what_somebody_saved_meanwhile_stays(
    spec: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def slow(_: object) -> str:
        spec.write_text("mlc: 1\nname: saved\n")
        return "mlc: 1\nname: formatted\n"

    monkeypatch.setattr(mlc_compiler.source.format, "format_document", slow)
    assert main(["fmt", str(spec)]) == 1
    assert "has changed meanwhile" in capsys.readouterr().err
    assert spec.read_text() == "mlc: 1\nname: saved\n"


def test_new_files_and_what_is_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mask = os.umask(0o027)
    try:
        assert write_files({tmp_path / "a/b/new.txt": b"1", Path(os.devnull): b"2"})
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "a/b/new.txt").stat().st_mode) == 0o640
    assert not write_files({tmp_path / "a/b/new.txt/below": b"1"})
    assert not write_files({tmp_path / "\0": b"1"})
    assert capsys.readouterr().err.count("cannot write") == 2
