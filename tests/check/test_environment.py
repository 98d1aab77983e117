"""Names that only the environment can give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from mlc_compiler.check.environment import check_environment
from mlc_compiler.spec.load import load_environment, load_spec


@dataclass(frozen=True)
class Data:
    data: dict[str, Any]
    file: str


def findings(environment: dict[str, Any], **sections: Any) -> list[tuple[str, str, str, str]]:
    spec = load_spec(Data({"mlc": 1, "name": "p", **sections}, "pipeline.yaml"))
    assert spec.diagnostics == ()
    found = check_environment(load_environment(Data(environment, "environment.yaml")), [spec])
    return [(d.code, d.place.file, ".".join(map(str, d.place.path)), d.help) for d in found]


SOURCE = {"read": {"connection": "shop", "table": "orders"}, "columns": {"a": "int"}, "static": True}
DATABASE = {"type": "postgres", "host": "h", "database": "d"}
TRAINING = {"examples": "e", "features": ["f"], "model": "a.b:C"}
WRITE = {"connection": "shop", "table": "scores"}


@pytest.mark.parametrize(
    ("environment", "sections", "expected"),
    [
        (
            {},
            {"sources": {"s": SOURCE}},
            (
                "MLC705",
                "pipeline.yaml",
                "sources.s.read.connection",
                "add `shop: {type: folder, path: data}` to `connections` of environment.yaml",
            ),
        ),
        (
            {"connections": {"shops": DATABASE}},
            {"serving": {"s": {"mode": "batch", "model": "m", "write": WRITE}}},
            ("MLC705", "pipeline.yaml", "serving.s.write.connection", "did you mean `shops`?"),
        ),
        (
            {
                "secrets": {"shop_password": {"env": "P"}},
                "connections": {"c": {**DATABASE, "password": "shop_pasword"}},
            },
            {},
            ("MLC703", "environment.yaml", "connections.c.password", "did you mean `shop_password`?"),
        ),
        (
            {},
            {"steps": {"s": {"use": "a:b", "secrets": {"TOKEN": "token"}}}},
            (
                "MLC703",
                "pipeline.yaml",
                "steps.s.secrets.TOKEN",
                "add `token: {env: VARIABLE}` to `secrets` of environment.yaml",
            ),
        ),
        (
            {"pools": {"gpus": {"gpu": 1}}},
            {"training": {"t": {"examples": "e", "features": ["f"], "model": "a:b", "resources": {"pool": "gpu"}}}},
            ("MLC704", "pipeline.yaml", "training.t.resources.pool", "did you mean `gpus`?"),
        ),
        (
            {"overrides": {"t": {"resources": {"pool": "big"}}}},
            {"training": {"t": TRAINING}},
            (
                "MLC704",
                "environment.yaml",
                "overrides.t.resources.pool",
                "add `big: {cpu: 16, memory: 64Gi}` to `pools` of environment.yaml",
            ),
        ),
    ],
)
def test_unknown_names(environment: dict[str, Any], sections: dict[str, Any], expected: tuple[str, ...]) -> None:
    assert findings(environment, **sections) == [expected]


def test_known_names_are_silent() -> None:
    environment = {"connections": {"shop": {**DATABASE, "password": "p"}}, "secrets": {"p": {"env": "P"}}}
    assert findings(environment, sources={"s": SOURCE}) == []


def test_an_entry_that_was_cut_out_is_not_reported_again() -> None:
    assert findings({"connections": {"shop": {"type": "postgres"}}}, sources={"s": SOURCE}) == []


def test_an_override_of_nothing_is_a_warning() -> None:
    found = findings({"overrides": {"lates": {"timeout": "1h"}}}, training={"late": TRAINING})
    assert found == [("MLC706", "environment.yaml", "overrides.lates", "did you mean `late`?")]
    assert findings({"overrides": {"late": {"timeout": "1h"}}}, training={"late": TRAINING}) == []
    loaded = load_environment(Data({"overrides": {"lates": {"timeout": "1h"}}}, "environment.yaml"))
    assert check_environment(loaded, []) == []
