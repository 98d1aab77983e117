"""Estimates: measured where a profile has them, by operation else; profiles are read as strictly as specs."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from mlc_compiler.cli.main import main
from mlc_compiler.graph.axis import Axis, Found
from mlc_compiler.graph.graph import Graph
from mlc_compiler.graph.step import Step
from mlc_compiler.passes.cost import ASSUMED, Estimate, estimate, load, number_of_tasks, records, write
from mlc_compiler.passes.facts import Facts, Limits
from mlc_compiler.passes.profile import facts_of, profile_of
from mlc_runtime.ops import VERSIONS
from mlc_runtime.relation import listed

FIT = Step("t.fit", "train", outputs={"model": "model"}, axes=("g", "f"))


def test_a_measured_duration_wins() -> None:
    assert estimate(FIT, Facts()).source == "default"
    assert estimate(FIT, Facts(durations={"t.fit": 0.5})).seconds == 0.5
    assert all(estimate(Step("s", op), Facts()).seconds > 0 for op in VERSIONS)


@pytest.mark.parametrize(
    ("section", "op", "other"),
    [("training", "train", "predict"), ("steps", "container", "read"), ("serving", "predict", "write")],
)
def test_what_is_declared_is_of_the_entry_s_own_work(section: str, op: str, other: str) -> None:
    facts = Facts(declared={"t": 90.0})
    step = Step("t.x", op, origin=((section, "t"),))
    assert estimate(step, facts) == Estimate(90.0, "declared")
    assert estimate(replace(step, op=other), facts).source == "default"
    assert estimate(replace(step, origin=((section, "u"),)), facts).source == "default"
    assert estimate(step, replace(facts, durations={"t.x": 1.0})) == Estimate(1.0, "measured")


def test_tasks_are_counted_or_assumed() -> None:
    axes = (Axis("g", listed(("g",), ((1,), (2,), (3,)))), Axis("f", Found("s", "out", ("f",))))
    graph = Graph((FIT,), axes)
    assert records(graph, ("g",)) == 3
    assert number_of_tasks(graph, FIT, Facts()) == 3 * ASSUMED
    assert number_of_tasks(graph, FIT, Facts(tasks={"t.fit": 606})) == 606


def test_a_far_store_costs_a_request() -> None:
    far = Facts(Limits(request=1.0))
    assert write(FIT, far) == write(FIT, Facts()) + 1
    assert load(FIT, far, ["model"]) == load(FIT, Facts()) + 1
    scores = Step("t.score", "evaluate", outputs={"scores": "scores"})
    assert load(scores, far) == load(scores, Facts()), "small JSON stands in the record"


def test_a_profile_is_what_a_run_measured() -> None:
    steps = [
        {"name": "fit", "tasks": 20, "done": 10, "seconds": 1.5, "spread": 3.14159},
        {"name": "stored", "tasks": 4, "done": 0, "seconds": 0.0, "spread": None},
    ]
    text = profile_of(steps)
    facts = facts_of(text, Limits())
    assert facts == Facts(durations={"fit": 0.15}, tasks={"fit": 20}, spread={"fit": 3.14})
    assert profile_of(steps) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"mlc_profile": 2, "steps": {}}',
        '{"mlc_profile": 1, "steps": []}',
        '{"mlc_profile": 1, "steps": {"a": 1}}',
        '{"mlc_profile": 1, "steps": {"a": {"seconds": "1"}}}',
        '{"mlc_profile": 1, "steps": {"a": {"seconds": -1}}}',
        '{"mlc_profile": 1, "steps": {"a": {"tasks": true}}}',
        '{"mlc_profile": 1, "steps": {"a": {"spread": NaN}}}',
        '{"mlc_profile": 1, "steps": {"a": {"seconds": 1e300}}}',
        '{"mlc_profile": 1, "steps": {"a": {"seconds": 1e-300}}}',
        f'{{"mlc_profile": 1, "steps": {{"a": {{"tasks": 1{"0" * 400}}}}}}}',
        "[" * 100_000,
    ],
)
def test_what_is_no_profile_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the message is shown as it is
        facts_of(text, Limits())


def test_profiles_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = Path(__file__).parents[2] / "examples" / "penguins" / "pipeline.toml"
    profile = tmp_path / "profile.json"
    compiled = []
    for seconds in (0.0001, 100.0):
        profile.write_text(json.dumps({"mlc_profile": 1, "steps": {"species.unseen": {"seconds": seconds}}}))
        out = tmp_path / str(seconds)
        assert main(["compile", str(spec), "--profile", str(profile), "--out", str(out)]) == 0
        compiled.append(json.loads((out / "plan.json").read_text()))
    members = [[name for step in plan["steps"] for name in step.get("members", ())] for plan in compiled]
    assert "species.unseen" in members[0]
    assert "species.unseen" not in members[1]
    capsys.readouterr()
    foreign = tmp_path / "foreign"
    foreign.write_bytes(b"\xff\xfe")
    for name, reason in {"none": "No such file or directory", "foreign": "it is no profile of version 1"}.items():
        assert main(["compile", str(spec), "--profile", str(tmp_path / name)]) == 2
        assert f"`--profile {tmp_path / name}`: {reason}" in capsys.readouterr().err
