"""What people are told while a run goes on."""

import io
import os
import pty
from typing import Any

import pytest

from mlc_local.messages import Ran
from mlc_local.progress import Lines, duration, open_progress, remaining
from mlc_local.schedule import Schedule, StepState
from mlc_runtime.plan import PlanStep


def state(**more: Any) -> StepState:
    state = StepState(PlanStep("late.fit", "train", ""), 0, set())
    for name, value in more.items():
        setattr(state, name, value)
    return state


def test_a_line_when_a_step_ends_and_none_twice() -> None:
    text = io.StringIO()
    lines = Lines(text)
    running = state(size=9, granted=1)
    lines.update([running], 2)
    assert text.getvalue() == ""
    running.counts.update(done=5, stored=2, failed=1, missing=1)
    running.seconds, running.ended, running.granted = 75.0, True, 0
    for _ in range(2):
        lines.update([running], 2)
    assert text.getvalue() == "late.fit: 9 tasks, 2 reused, 1 failed, 1 missing, 1 min 15 s\n"


def test_that_nobody_listens_is_no_reason_to_stop() -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    Lines(Gone()).say("hello")


def test_nothing_is_said_of_what_took_no_time() -> None:
    text = io.StringIO()
    ended = state(size=1, ended=True)
    ended.counts.update(done=1)
    ended.seconds = 0.2
    Lines(text).update([ended], 2)
    assert text.getvalue() == ""


def test_a_long_step_is_told_of_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("mlc_local.progress.time.monotonic", lambda: now[0])
    text = io.StringIO()
    lines = Lines(text)
    running = state(size=100, granted=2, worked=80.0, paced=40.0)
    running.counts.update(done=40)
    for now[0] in (1.0, 4.0, 6.0, 7.0):
        lines.update([running], 2)
    assert text.getvalue() == "late.fit: 40/100 tasks, about 1 min 0 s left\n"


def test_what_is_left_is_told_by_the_pace_of_late(project: Any, count: Any) -> None:
    """A machine that is twice as slow since a while is believed; tasks that repeat others are not counted as work."""
    schedule = Schedule(
        project.plan(project.step("each", "give", axes=("i",)), axes=[count(1_000)]), frozenset({"each"})
    )
    running = schedule.steps["each"]
    running.size, running.granted = 1_000, 500
    for seconds in [1.0] * 200 + [2.0] * 200:
        schedule.report("each", [Ran("done", seconds)], seconds)
    left = remaining(running, 2)
    assert left is not None
    assert 1.9 * 600 / 2 < left <= 2.0 * 600 / 2
    running.later = range(500)
    fewer = remaining(running, 2)
    assert fewer is not None
    assert fewer == pytest.approx(left / 6)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.04, "0.0 s"), (59.94, "59.9 s"), (60, "1 min 0 s"), (7300, "2 h 1 min")]
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_terminal_gets_a_live_display(project: Any, count: Any) -> None:
    """Drawn into a pseudo-terminal: the bar of a running step, and what failed stays."""
    project.operation(
        "mixed", 'time.sleep(0.1)\nif params["value"] == 1:\n    raise ValueError("no")\nreturn {"out": 1}'
    )
    plan = project.plan(project.step("each", "mixed", {"value": {"$field": "i"}}, axes=("i",)), axes=[count(8)])
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as stream:
        result = project.run(plan, progress=open_progress(stream))
        os.set_blocking(ours, False)
        drawn = os.read(ours, 1 << 20).decode()
    os.close(ours)
    assert result.verdict == "failed"
    assert "each: 8 tasks, 1 failed" in drawn
    assert "1 steps" in drawn
    assert "left" in drawn
