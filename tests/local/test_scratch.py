"""Nothing that a killed run left lies about after the next one."""

import signal
import tempfile
from pathlib import Path
from typing import Any

import pytest


def test_a_killed_run_s_scratch_is_cleared_by_the_next_run(
    project: Any, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path_factory.mktemp("t")
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    project.operation("wait", "(Path(context.workdir) / 'large').write_text('x')\ntime.sleep(30)")
    process = project.start(project.plan(project.step("a", "wait")))
    project.until(1)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert any(path.name == "large" for path in temporary.rglob("*")), "nobody was left to clear it"
    assert project.run(project.plan(project.step("b", "give", {"value": 1}))).verdict == "done"
    assert list(Path(temporary).iterdir()) == []
