"""What a run says of steps that ask for more than there is."""

import io
from typing import Any

from mlc_local.machine import Machine, shortfall, this_machine
from mlc_local.progress import Lines
from mlc_runtime.plan import PlanStep, Policy

GIB = 1 << 30
SMALL = Machine(2, 4 * GIB, 0)


def step(name: str, **resources: float) -> PlanStep:
    return PlanStep(name, "op", "", policy=Policy(resources=resources))


def test_what_fits_is_not_spoken_of() -> None:
    fitting = [step("a"), step("b", cpu=2, memory=4 * GIB)]
    assert shortfall(fitting, SMALL) is None
    assert shortfall([step("c", gpu=1)], Machine(2, 4 * GIB, None)) is None, "who cannot tell does not warn"


def test_all_that_does_not_fit_is_one_line() -> None:
    told = shortfall([step("a", cpu=2.5), step("b", memory=64 * GIB, gpu=1), step("c", cpu=1)], SMALL)
    assert told == (
        "warning[MLC980]: `a` for 3 CPUs; `b` for 64.0 GiB, 1 GPU: more than this machine has"
        " (2 CPUs, 4.0 GiB, no GPU); such tasks run alone, with what there is"
    )


def test_a_run_says_it_and_runs(project: Any) -> None:
    told = io.StringIO()
    large = project.step("a", "give", {"value": 1}, policy=Policy(resources={"cpu": this_machine().cpus + 1}))
    assert project.run(project.plan(large), progress=Lines(told)).verdict == "done"
    assert told.getvalue().startswith("warning[MLC980]: `a` for ")
