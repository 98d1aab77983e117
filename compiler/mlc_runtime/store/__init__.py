"""Where artifacts live: a folder or a bucket, behind the same interface."""

from __future__ import annotations

from collections.abc import Mapping
from errno import ENOENT
from os import strerror
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from mlc_runtime.errors import InvalidInputError
from mlc_runtime.store.directory import DirectoryStore
from mlc_runtime.store.store import Store

__all__ = ["Store", "open_store", "read_address", "store_address"]

_SERVER = ("endpoint", "region")


def store_address(place: Mapping[str, str | None]) -> str:
    """The one text that stands for a store of an environment: `s3://bucket/prefix?endpoint=URL&region=NAME`.

    Args:
        place: The environment's `store`: a path, and for a bucket its endpoint and region, where they are given.
    """
    path = place["path"] or ""
    if not path.startswith("s3://"):
        return path
    server = [(name, value) for name in _SERVER if (value := place.get(name))]
    return f"s3://{quote(path.removeprefix('s3://'))}" + (f"?{urlencode(server)}" if server else "")


def read_address(address: str) -> bytes:
    """The bytes of a file, or of an object of a store: `s3://bucket/key`, with a server as `store_address` writes it.

    Raises:
        FileNotFoundError: there is none.
        OSError: it cannot be read.
        InvalidInputError: as `open_store`.
        InfrastructureError: the store cannot be reached.
    """
    if "://" not in address:
        return Path(address).read_bytes()
    place, mark, server = address.partition("?")
    folder, _, name = place.rpartition("/")
    data = open_store(f"{folder}{mark}{server}").get(name)
    if data is None:
        raise FileNotFoundError(ENOENT, strerror(ENOENT), address)
    return data


def open_store(address: str) -> Store:
    """The store at a folder's path, a `file://` address, or an `s3://` address as `store_address` writes it.

    Raises:
        InvalidInputError: `MLC954`, an address of another kind; `MLC964`, boto3 is not installed.
    """
    scheme, separator, _ = address.partition("://")
    if not separator:
        return DirectoryStore(Path(address))
    parts = urlsplit(address)
    if scheme == "file":
        return DirectoryStore(Path(unquote(parts.path)))
    if scheme == "s3" and parts.netloc:
        from mlc_runtime.store.s3 import S3Store

        server = dict(parse_qsl(parts.query))
        prefix = unquote(parts.path).strip("/")
        return S3Store(parts.netloc, f"{prefix}/" if prefix else "", server.get("endpoint"), server.get("region"))
    raise InvalidInputError(
        "MLC954",
        f"the store `{address}` cannot be opened: it is neither a folder nor `s3://BUCKET/PREFIX`",
        "Set `store` in the environment to a folder, to `s3://BUCKET/PREFIX`, or mount what you have as a folder.",
    )
