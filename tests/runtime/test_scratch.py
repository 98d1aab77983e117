"""Scratch folders: gone with their process, and cleared by the next one where that was killed."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from mlc_runtime.scratch import claim, process_start


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def test_a_killed_process_s_folder_is_cleared_by_the_next(temporary: Path) -> None:
    mine = claim("task")
    foreign = temporary / "mlc-task-somebody-else"
    foreign.mkdir()
    code = "from mlc_runtime.scratch import claim; it = claim('task'); print(it.name, flush=True); input()"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", code], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        theirs = Path(other.stdout.readline().strip())
        (theirs / "left").write_text("x")
        claim("worker").cleanup()
        assert theirs.is_dir(), "it lives"
        other.send_signal(signal.SIGKILL)
        other.wait()
        assert theirs.is_dir()
    claim("worker").cleanup()
    assert sorted(temporary.iterdir()) == sorted([Path(mine.name), foreign])
    mine.cleanup()


def test_a_process_that_is_gone_has_no_start() -> None:
    assert process_start(os.getpid()) == process_start(os.getpid()) is not None
    gone = subprocess.Popen(["true"])
    gone.wait()
    assert process_start(gone.pid) is None
