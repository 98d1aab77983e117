"""Kill -9 of workers and coordinators at random moments: the next run ends where an undisturbed one does."""

from pathlib import Path

import pytest
from tests.examples import killed

LOST = 4  # fits of a worker that dies: one in flight, and what ended in the 20 ms before, or waits for a busy machine


@pytest.mark.parametrize(
    ("least", "noise", "fits", "times"),
    [
        pytest.param(1_000_000_000, 10, 40, 3, id="a part"),
        pytest.param(0, 25, 20_200, 20, marks=pytest.mark.deep, id="all countries"),
    ],
)
def test_the_end_is_that_of_an_undisturbed_run(tmp_path: Path, least: int, noise: int, fits: int, times: int) -> None:
    project = killed.project(tmp_path / "countries", least, noise)
    project.run("undisturbed")
    assert project.started == fits
    project.forget()
    deaths = killed.kill(project, fits, times)
    assert len(deaths.killed) == times
    assert project.results() == project.results("undisturbed")
    again = project.started - fits
    print(f"{again} fits ran again after {deaths}")
    assert again <= times * killed.WORKERS * LOST
