"""Steps: functions, containers, people, and what they read, wait for and leave."""

from typing import Any

import pytest

from mlc_runtime.errors import InfrastructureError
from mlc_runtime.ops.approve import decide

HEAD = "mlc: 1\nname: steps\n"
CODE = {
    "work.py": """
    import json
    from pathlib import Path

    def count(rows):
        return len(rows)

    def stats(rows, scale=1):
        return {"n": len(rows), "mean": float(rows.width.mean()) * scale, "word": "ok", "some": len(rows) > 0}

    def total(counts):
        return sum(counts.values())

    def fail_on(rows, bad):
        if rows.soil.iloc[0] == bad:
            raise ValueError(bad)
        return len(rows)

    def flaky(context):
        raise RuntimeError("never works")

    def reveal(token):
        return len(token)

    def save(context):
        path = context.workdir / "out.txt"
        path.write_text("saved")
        return path

    def read(path):
        return Path(path).read_text()

    def describe(model, rows, table):
        return f"{type(model).__name__} {len(rows)} {len(table)}"

    def state(status):
        return str(status["verdict"] if isinstance(status, dict) else status)
    """
}
PLANTS = """
sources:
  plants: {read: data/plants.csv, columns: {plant_id: int, soil: string, width: float, tall: bool}, key: [plant_id]}
"""


@pytest.fixture
def bench(shop: Any) -> Any:
    """The meadow with functions that work on it."""
    shop.write(CODE)
    return shop


def test_function_with_arguments_inputs_and_outputs(bench: Any) -> None:
    finished = bench.run(
        f"""{HEAD}{PLANTS}
steps:
  stats: {{use: "work:stats", with: {{scale: 2}}, inputs: {{rows: sources.plants}},
          outputs: {{n: int, mean: float, word: string, some: bool}}}}
"""
    )
    assert [finished.value("stats", port) for port in ("n", "word", "some")] == [120, "ok", True]


def test_inputs_of_every_kind(bench: Any) -> None:
    finished = bench.run(
        f"""{HEAD}{PLANTS}
features: {{size: {{columns: [width]}}}}
examples: {{e: {{from: plants, label: tall, split: {{by: random, test: 25%}}}}}}
training: {{t: {{examples: e, features: [size], model: sklearn.linear_model.LogisticRegression}}}}
steps:
  count: {{use: "work:count", inputs: {{rows: sources.plants}}, outputs: {{n: int}}}}
  describe: {{use: "work:describe", inputs: {{model: training.t, rows: examples.e, table: sources.plants}},
             outputs: {{text: string}}}}
"""
    )
    assert finished.failures() == {}
    assert finished.value("describe", "text").endswith("120 120")


def test_two_outputs_of_one_step_are_two_inputs(bench: Any) -> None:
    bench.write({"pair.py": "def two():\n    return {'a': 1, 'b': 2}\n\n\ndef same(x):\n    return x\n"})
    finished = bench.run(
        HEAD
        + """
steps:
  two: {use: "pair:two", outputs: {a: int, b: int}}
  first: {use: "pair:same", inputs: {x: two.a}, outputs: {x: int}}
  second: {use: "pair:same", inputs: {x: two.b}, outputs: {x: int}}
"""
    )
    assert (finished.value("first", "x"), finished.value("second", "x")) == (1, 2)


def test_each_and_a_reader_that_collects(bench: Any) -> None:
    finished = bench.run(
        f"""{HEAD}{PLANTS}
steps:
  one: {{use: "work:count", inputs: {{rows: sources.plants}}, each: rows.soil, outputs: {{n: int}}}}
  all: {{use: "work:total", inputs: {{counts: one.n}}, outputs: {{n: int}}}}
"""
    )
    assert [at["soil"] for at, _ in finished.outcomes["one"]] == ["clay", "sand"]
    assert finished.value("all", "n") == 120


@pytest.mark.parametrize(("tolerate", "status"), [("0%", "missing"), ("50%", "done")])
def test_tolerate(bench: Any, tolerate: str, status: str) -> None:
    finished = bench.run(
        f"""{HEAD}{PLANTS}
steps:
  one: {{use: "work:fail_on", with: {{bad: sand}}, inputs: {{rows: sources.plants}}, each: rows.soil,
        outputs: {{n: int}}}}
  all: {{use: "work:total", inputs: {{counts: one.n}}, outputs: {{n: int}}, tolerate: {tolerate}}}
"""
    )
    assert finished.statuses("one") == ["done", "failed"]
    assert finished.statuses("all") == [status]


def test_file_output_is_an_input(bench: Any) -> None:
    finished = bench.run(
        HEAD
        + """
steps:
  save: {use: "work:save", outputs: {file: file}}
  read: {use: "work:read", inputs: {path: save.file}, outputs: {text: string}}
"""
    )
    assert finished.value("read", "text") == "saved"


def test_after_when_and_outputs_in_conditions(bench: Any) -> None:
    finished = bench.run(
        f"""{HEAD}{PLANTS}
steps:
  count: {{use: "work:count", inputs: {{rows: sources.plants}}, outputs: {{n: int}}}}
  more: {{use: "work:save", when: count.n > 100, after: [count], outputs: {{file: file}}}}
  less: {{use: "work:save", when: count.n < 100, outputs: {{file: file}}}}
  end: {{use: "work:save", after: [more, less], outputs: {{file: file}}}}
"""
    )
    assert finished.failures() == {}
    assert [len(finished.outcomes[name]) for name in ("more", "less", "end")] == [1, 0, 1]
    names = list(finished.outcomes)
    assert names.index("count") < names.index("more") < names.index("end")


def test_retry_timeout_and_resources(bench: Any) -> None:
    finished = bench.run(
        HEAD
        + """
steps:
  f: {use: "work:flaky", retry: {limit: 2, backoff: 1s, max: 4s}, timeout: 10m, resources: {cpu: 2, memory: 512Mi}}
"""
    )
    ((_, outcome),) = finished.outcomes["f"]
    assert outcome.failure.attempts == 3
    policy = finished.run.plan.by_name["f"].policy
    assert (policy.timeout, policy.backoff_max, policy.resources) == (
        600_000_000,
        4_000_000,
        {"cpu": 2, "memory": 2**29},
    )


def test_secrets(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_TOKEN", "12345")
    spec = HEAD + 'steps: {s: {use: "work:reveal", secrets: {token: crm}, outputs: {length: int}}}\n'
    finished = bench.run(spec, environment={"secrets": {"crm": {"env": "CRM_TOKEN"}}})
    assert finished.value("s", "length") == 5
    assert "12345" not in str(finished.run.store.names("")) + str(list(finished.run.store._objects.values()))
    for secrets in ({}, {"crm": {"kubernetes": {"secret": "s", "key": "k"}}}, {"crm": {"aws": "arn:aws:s"}}):
        other = bench.start(
            spec.replace("name: steps", f"name: steps-{len(secrets)}"), environment={"secrets": secrets}
        )
        other.ledger._store = type(bench.store)()
        assert "secret `crm`" in bench.finish(other).failures()["s"]


def test_approve_waits_for_a_person(bench: Any) -> None:
    spec = (
        HEAD
        + """
steps:
  ask: {approve: {message: "Go on?", timeout: 2d}}
  go: {use: "work:save", after: [ask], outputs: {file: file}}
"""
    )
    run = bench.start(spec)
    with pytest.raises(InfrastructureError, match="waits for a person: Go on"):
        bench.finish(run)
    decide(bench.store, run.name, "ask", approved=True, who="ann", when="2024-01-01")
    assert bench.finish(run).statuses("go") == ["done"]


def test_container_is_refused_without_an_engine(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    spec = (
        HEAD + "steps: {c: {container: {image: 'acme/report:1.4', command: [python, report.py]}, outputs: {n: int}}}\n"
    )
    with pytest.raises(InfrastructureError, match="no container engine answers on this machine"):
        bench.run(spec)


def test_always(bench: Any) -> None:
    finished = bench.run(
        HEAD
        + """
steps:
  f: {use: "work:flaky", outputs: {n: int}}
  tell: {use: "work:save", always: true, outputs: {file: file}}
"""
    )
    assert finished.run.plan.by_name["tell"].policy.always
    assert (finished.statuses("f"), finished.statuses("tell")) == (["failed"], ["done"])
