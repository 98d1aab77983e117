from __future__ import annotations

import pytest

from mlc_compiler.spec.load import load_environment
from mlc_compiler.spec.secrets import find_secrets

# Put together here, so that scanners of this repository find nothing.
AWS = "AKIA" + "IOSFODNN7EXAMPLE"
GITHUB = "ghp_" + "a1B2" * 9
KEY = "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIB"
URL = "postgres://mlc:" + "hunter2@db.example/shop"


@pytest.mark.parametrize(
    ("data", "path", "inside"),
    [
        ({"store": URL}, ("store",), (15, 22)),
        ({"steps": {"s": {"with": {"a": [AWS]}}}}, ("steps", "s", "with", "a", 0), (0, 20)),
        ({"x": f"Bearer {GITHUB}"}, ("x",), (7, 47)),
        ({"x": KEY}, ("x",), (0, 31)),
        ({"steps": {"s": {"with": {"api_key": "hello"}}}}, ("steps", "s", "with", "api_key"), (0, 5)),
        ({"targets": {"t": {"v": {"secret": AWS, "key": "k"}}}}, ("targets", "t", "v", "secret"), (0, 20)),
        ({"targets": {"t": {"registry_password": "hello"}}}, ("targets", "t", "registry_password"), (0, 5)),
    ],
)
def test_literal_secrets_are_found(data: dict[str, object], path: tuple[str, ...], inside: tuple[int, int]) -> None:
    (found,) = find_secrets(data, "f")
    assert found.code == "MLC701"
    assert (found.place.path, found.place.inside) == (path, inside)


@pytest.mark.parametrize(
    "data",
    [
        {"connections": {"c": {"password": "shop_password"}}},
        {"secrets": {"s": {"kubernetes": {"secret": "shop", "key": "password"}}}},
        {"targets": {"argo": {"variables": {"AWS_ACCESS_KEY_ID": {"secret": "store", "key": "id"}}}}},
        {"store": "s3://bucket/prefix"},
        {"store": "http://127.0.0.1:9000"},
        {"steps": {"s": {"with": {"token": "$token", "password": ""}, "secrets": {"token": "crm_token"}}}},
        {"steps": {"s": {"with": {"tokens": "20"}}}},
        {"url": "postgres://mlc@db.example:5432/shop"},
        {"image": "ghcr.io/example/ml@sha256:0f3c"},
    ],
)
def test_references_are_not_secrets(data: dict[str, object]) -> None:
    assert list(find_secrets(data, "f")) == []


@pytest.mark.parametrize(
    "environment",
    [
        {"connections": {"c": {"type": "postgres", "host": URL, "database": "d"}}},
        {"connections": {"c": {"type": "postgres", "host": "h", "port": URL, "database": "d"}}},
        {"connections": {"c": {"type": "postgres", "host": "h", "database": "d", "password": "hunter2!"}}},
        {"connections": {"c": {"type": "postgres", "host": "h", "database": "d", "password": ["hunter2"]}}},
        {"secrets": {"s": "hunter2"}},
    ],
)
def test_a_message_never_repeats_the_secret(document: type, environment: dict[str, object]) -> None:
    found = load_environment(document(environment)).diagnostics
    assert {diagnostic.code for diagnostic in found} & {"MLC701", "MLC702"}
    for diagnostic in found:
        assert "hunter2" not in f"{diagnostic.message} {diagnostic.why} {diagnostic.help}"
