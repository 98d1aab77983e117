"""Volumes: where they are in the project, and what they may not hide."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.targets.stepfunctions.environment import ENVIRONMENT
from tests.targets.stepfunctions.plans import GPU, VOLUME, step

from mlc_compiler.target import Files
from mlc_runtime.plan import Plan, PlanStep
from mlc_stepfunctions.target import TARGET

Emit = Callable[..., Any]


def test_volumes_are_where_the_project_has_them(emit: Emit) -> None:
    volumes = {"out": VOLUME, "lake": {**VOLUME, "path": "/lake/", "read_only": True}}
    targets = {"stepfunctions": {"queue": {"arn": GPU}, "volumes": volumes}}
    container = emit(Plan("p", steps=(step("a"),)), targets=targets).job("a")["ContainerProperties"]
    assert container["MountPoints"] == [
        {"SourceVolume": "out", "ContainerPath": "/mlc/project/out", "ReadOnly": False},
        {"SourceVolume": "lake", "ContainerPath": "/lake", "ReadOnly": True},
    ]
    configuration = container["Volumes"][0]["EfsVolumeConfiguration"]
    assert configuration["FileSystemId"] == VOLUME["file_system"]
    assert configuration["AuthorizationConfig"]["AccessPointId"] == VOLUME["access_point"]


@pytest.mark.parametrize("path", ["", ".", "..", "../out", "out/../..", "/", "a b", "out\n", "${x}", "out//in", "-"])
def test_a_volume_s_path_is_plain(path: str) -> None:
    site = {**ENVIRONMENT, "targets": {"stepfunctions": {"queue": GPU, "volumes": {"out": {**VOLUME, "path": path}}}}}
    found = TARGET.check(Plan("p", steps=(step("a"),)), site, Files("pipeline.yaml", "environment.yaml"))
    assert [each.code for each in found] == ([] if path == "-" else ["MLC110"])


@pytest.mark.parametrize("path", ["/mlc", "/mlc/project", "/proc/x", "/data/"])
def test_a_volume_hides_nothing_and_no_other(path: str) -> None:
    volumes = {"a": {**VOLUME, "path": "/data"}, "b": {**VOLUME, "path": path}}
    site = {**ENVIRONMENT, "targets": {"stepfunctions": {"queue": GPU, "volumes": volumes}}}
    found = TARGET.check(Plan("p", steps=(step("a"),)), site, Files("pipeline.yaml", "environment.yaml"))
    assert [each.code for each in found] == ["MLC726"]


def test_predictions_need_a_volume_that_may_be_written() -> None:
    write = PlanStep(
        "s.write", "write", "0", {"locate": {"path": "out/s.csv"}}, effect=True, origin=(("serving", "s"),)
    )

    def codes(**volume: Any) -> list[str]:
        volumes = {"out": {**VOLUME, **volume}} if volume else {}
        site = {**ENVIRONMENT, "targets": {"stepfunctions": {"queue": GPU, "volumes": volumes}}}
        found = TARGET.check(Plan("p", steps=(write,)), site, Files("pipeline.yaml", "environment.yaml"))
        return [each.code for each in found]

    assert codes() == codes(read_only=True) == codes(path="other") == codes(path="out/s.csv.d") == ["MLC728"]
    assert codes(path="out") == codes(path="/mlc/project/out") == []
