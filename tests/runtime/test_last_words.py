"""What a container leaves for whoever asks why it ended."""

from pathlib import Path

import pytest

from mlc_runtime import last_words


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("MLC979: `a.py` is not here\n  help", "MLC979: `a.py` is not here"),
        ("\N{PILE OF POO}" * 100, "\N{PILE OF POO}" * 60),
        ("\ud800", "?"),
    ],
)
def test_a_line_is_left_and_not_a_long_one(
    text: str, left: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "termination-log"
    monkeypatch.setattr(last_words, "FILE", file)
    last_words.last_words(text)
    assert not file.exists(), "where nobody asks, nothing is written"
    file.touch()
    last_words.last_words(text)
    assert file.read_text() == left
