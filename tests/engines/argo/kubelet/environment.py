"""The environment of a container: its variables, and `$(NAME)` in its texts."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any

Read = Callable[[str, str], dict[str, bytes] | None]
"""The data of a ConfigMap or Secret: kind (`configmaps`, `secrets`) and name to its entries; None: not there."""

_REFERENCE = re.compile(r"\$(?:\$|\(([A-Za-z_.-][\w.-]*)\))")


class ConfigError(Exception):
    """What a kubelet reports as CreateContainerConfigError."""


def expand(text: str, variables: Mapping[str, str]) -> str:
    """`$(NAME)` by the variable's value where there is one, `$$` by `$`, as Kubernetes does."""
    return _REFERENCE.sub(lambda m: "$" if m[1] is None else variables.get(m[1], m[0]), text)


def entries(document: Mapping[str, Any]) -> dict[str, bytes]:
    """The data of a ConfigMap or a Secret as bytes."""
    if document["kind"] == "Secret":
        return {key: b64decode(value) for key, value in (document.get("data") or {}).items()}
    plain = {key: value.encode() for key, value in (document.get("data") or {}).items()}
    return plain | {key: b64decode(value) for key, value in (document.get("binaryData") or {}).items()}


def field(pod: Mapping[str, Any], path: str) -> str:
    """A field of a pod by its downward-API path."""
    metadata, spec = pod["metadata"], pod["spec"]
    if keyed := re.fullmatch(r"metadata\.(labels|annotations)\['(.+)'\]", path):
        return str(metadata.get(keyed[1], {}).get(keyed[2], ""))
    known = {
        "metadata.name": metadata["name"],
        "metadata.namespace": metadata["namespace"],
        "metadata.uid": metadata["uid"],
        "spec.nodeName": spec.get("nodeName", ""),
        "spec.serviceAccountName": spec.get("serviceAccountName", ""),
        "status.podIP": "127.0.0.1",
        "status.hostIP": "127.0.0.1",
    }
    if path not in known:
        raise ConfigError(f"field {path} is not supported")
    return str(known[path])


def environment(
    pod: Mapping[str, Any], container: Mapping[str, Any], base: Mapping[str, str], read: Read
) -> dict[str, str]:
    """The variables of a container, in order: later ones see earlier ones.

    Raises:
        ConfigError: A ConfigMap, a Secret or a key that is not optional is not there.
    """
    variables = dict(base)
    for source in container.get("envFrom", []):
        kind, reference = (
            ("configmaps", source["configMapRef"]) if "configMapRef" in source else ("secrets", source["secretRef"])
        )
        found = _need(read(kind, reference["name"]), reference, f"{kind} {reference['name']}")
        variables |= {source.get("prefix", "") + key: value.decode() for key, value in found.items()}
    for entry in container.get("env", []):
        value = _value(pod, container, entry, variables, read)
        if value is not None:
            variables[entry["name"]] = value
    return variables


def _value(
    pod: Mapping[str, Any],
    container: Mapping[str, Any],
    entry: Mapping[str, Any],
    variables: Mapping[str, str],
    read: Read,
) -> str | None:
    match entry.get("valueFrom"):
        case None:
            return expand(entry.get("value", ""), variables)
        case {"fieldRef": reference}:
            return field(pod, reference["fieldPath"])
        case {"resourceFieldRef": reference}:
            kind, _, name = reference["resource"].partition(".")
            return str(container.get("resources", {}).get(kind, {}).get(name, "0"))
        case {"configMapKeyRef": reference}:
            return _entry("configmaps", reference, read)
        case {"secretKeyRef": reference}:
            return _entry("secrets", reference, read)
        case other:
            raise ConfigError(f"valueFrom is not supported: {sorted(other)}")


def _entry(kind: str, reference: Mapping[str, Any], read: Read) -> str | None:
    name, key = reference["name"], reference["key"]
    found = _need(read(kind, name), reference, f"{kind} {name}")
    if key not in found and not reference.get("optional"):
        raise ConfigError(f"couldn't find key {key} in {kind} {name}")
    return found[key].decode() if key in found else None


def _need(found: dict[str, bytes] | None, reference: Mapping[str, Any], what: str) -> dict[str, bytes]:
    if found is None and not reference.get("optional"):
        raise ConfigError(f"{what} not found")
    return found or {}
