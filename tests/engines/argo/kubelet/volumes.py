"""A pod's volumes as folders."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.engines.argo.kubelet.environment import ConfigError, Read, field

Token = Callable[[Mapping[str, Any]], str]
"""A `serviceAccountToken` projection to a token of the pod's service account."""


def make_volume(volume: Mapping[str, Any], folder: Path, pod: Mapping[str, Any], read: Read, token: Token) -> Path:
    """The folder of a volume, filled.

    Raises:
        ConfigError: It names something that is not there, or is of a kind that this kubelet does not know.
    """
    match volume:
        case {"hostPath": source}:
            return Path(source["path"])
        case {"emptyDir": _}:
            folder.mkdir(parents=True)
            folder.chmod(0o777)
            return folder
    sources = volume["projected"]["sources"] if "projected" in volume else [volume]
    folder.mkdir(parents=True)
    for source in sources:
        for name, data in _files(source, pod, read, token):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
    return folder


def _files(source: Mapping[str, Any], pod: Mapping[str, Any], read: Read, token: Token) -> Iterator[tuple[str, bytes]]:
    match source:
        case {"configMap": reference}:
            yield from _entries("configmaps", reference["name"], reference, read)
        case {"secret": reference}:
            yield from _entries("secrets", reference.get("secretName") or reference["name"], reference, read)
        case {"downwardAPI": reference}:
            for item in reference.get("items", []):
                yield item["path"], field(pod, item["fieldRef"]["fieldPath"]).encode()
        case {"serviceAccountToken": reference}:
            yield reference["path"], token(reference).encode()
        case _:
            raise ConfigError(f"volume is not supported: {sorted(source)}")


def _entries(kind: str, name: str, reference: Mapping[str, Any], read: Read) -> Iterator[tuple[str, bytes]]:
    found = read(kind, name)
    if found is None:
        if reference.get("optional"):
            return
        raise ConfigError(f"{kind} {name} not found")
    for item in reference.get("items") or [{"key": key, "path": key} for key in found]:
        if item["key"] not in found:
            raise ConfigError(f"couldn't find key {item['key']} in {kind} {name}")
        yield item["path"], found[item["key"]]
