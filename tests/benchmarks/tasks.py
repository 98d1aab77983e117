"""What a task costs that does nothing: wall time for each of many tasks by two workers, when run and when reused."""

from __future__ import annotations

import resource
import tempfile
import time
from pathlib import Path

from mlc_local import engine
from mlc_runtime.keys import static_key
from mlc_runtime.plan import Plan, PlanAxis, PlanEdge, PlanStep
from mlc_runtime.relation import listed


def plan(tasks: int) -> Plan:
    """Two steps over one axis, the second reading the first."""

    def step(name: str, *inputs: PlanEdge) -> PlanStep:
        params = {"value": {"$field": "i"}, "name": name}
        static = static_key("nothing", 1)
        return PlanStep(name, "benchmark.nothing", static, params, inputs, {"out": "value"}, ("i",), root=True)

    axis = PlanAxis("i", ("i",), values=listed(["i"], [(i,) for i in range(tasks // 2)]))
    return Plan("benchmark", {}, {"i": axis}, (step("first"), step("second", PlanEdge("x", "first", "out"))))


def main() -> None:
    """Prints tasks, milliseconds a task when run and when reused, and the coordinator's memory."""
    print(f"{'tasks':>8}{'ms/task run':>14}{'ms/task reused':>16}{'MB':>8}")
    for tasks in (2_000, 20_000):
        run, reused = measured(tasks)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{tasks:>8}{run / tasks * 1000:>14.3f}{reused / tasks * 1000:>16.3f}{memory:>8.0f}")


def measured(tasks: int) -> tuple[float, float]:
    """The seconds of so many tasks, run and then reused."""
    with tempfile.TemporaryDirectory() as folder:
        module = Path(folder) / "benchmark" / "nothing.py"
        module.parent.mkdir()
        module.write_text('def run(inputs, params, context):\n    return {"out": params["value"]}\n')
        return _seconds(plan(tasks), Path(folder)), _seconds(plan(tasks), Path(folder))


def _seconds(plan: Plan, root: Path) -> float:
    start = time.perf_counter()
    result = engine.run(plan, root=root, environment={}, store_path=str(root / "store"), jobs=2)
    assert result.verdict == "done"
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
