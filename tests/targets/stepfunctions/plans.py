"""Small plans, and what environments name for them."""

from typing import Any

from mlc_runtime.plan import Plan, PlanAxis, PlanEdge, PlanStep

GPU = "arn:aws:batch:eu-central-1:123456789012:job-queue/gpu"
VOLUME = {"path": "out", "file_system": "fs-0123456789abcdef0", "access_point": "fsap-0123456789abcdef0"}
NETWORK = {"subnets": ["subnet-0a"], "security_groups": ["sg-0a"]}


def step(name: str, *reads: str, **more: Any) -> PlanStep:
    edges = tuple(PlanEdge(f"p{place}", other, "out") for place, other in enumerate(reads))
    return PlanStep(name, "python", "0", inputs=edges, outputs={"out": "value"}, origin=(("steps", name),), **more)


def found(**tiles: Any) -> Plan:
    """A finder, a step over what it finds, and one that reads that."""
    find = PlanStep("find", "python", "0", outputs={"out": "index"}, origin=(("steps", "find"),))
    work = step("work", "find", axes=("g",), tiles=tiles)
    return Plan("p", axes={"g": PlanAxis("g", ("g",), found=("find", "out"))}, steps=(find, work, step("last", "work")))
