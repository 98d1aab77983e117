"""A store below a prefix of a bucket, in S3 or whatever speaks its protocol."""

from __future__ import annotations

import io
import random
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from mlc_runtime.errors import InfrastructureError, InvalidInputError
from mlc_runtime.store.store import check_name

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

T = TypeVar("T")

PARALLEL = 32
"""Requests under way at once: reads of many objects, and the parts of a large one."""

_ATTEMPTS = 5
_PART = 8 << 20
_WRITER = "mlc-writer"
_ABSENT = frozenset({"404", "NoSuchKey"})


class S3Store:
    """Objects under a prefix, complete as soon as they have their names.

    An object appears whole or not at all, which the protocol promises. Where the first writer must win, the write says
    `If-None-Match: *`: the server refuses it (412) when the name is taken, and asks to try again (409) when two writers
    meet. Bytes are checked on both ways by the checksums of the protocol. Credentials are those that boto3 finds.

    Args:
        bucket: The bucket, which is there.
        prefix: What all names begin with; empty or ending with a slash.
        endpoint: The server's address, where it is not AWS.
        region: The bucket's region.

    Raises:
        InvalidInputError: `MLC964`, boto3 is not installed.
    """

    def __init__(self, bucket: str, prefix: str = "", endpoint: str | None = None, region: str | None = None) -> None:
        self._bucket, self._prefix = bucket, prefix
        self._client = _connect(endpoint, region)
        self._threads = ThreadPoolExecutor(PARALLEL, thread_name_prefix="mlc-s3")
        self._lock = threading.Lock()
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._fetched: dict[str, str] = {}

    def get(self, name: str) -> bytes | None:
        """The object's bytes, or None."""
        with self._reach("read"):
            return self._read(name, lambda found: bytes(found["Body"].read()))

    def get_many(self, names: Iterable[str]) -> dict[str, bytes]:
        """The bytes of those objects that are there, read in parallel."""
        wanted = list(dict.fromkeys(names))
        found = zip(wanted, self._threads.map(self.get, wanted), strict=True)
        return {name: data for name, data in found if data is not None}

    def path(self, name: str) -> Path | None:
        """A local copy of the object, fetched unless the last one is still the object, or None."""
        with self._reach("read"):
            return self._read(name, lambda found: self._fetch(name, found))

    def put(self, name: str, data: bytes | memoryview) -> None:
        """Write the object, replacing an earlier one."""
        with self._reach("written"):
            if len(data) <= _PART:
                self._client.put_object(Bucket=self._bucket, Key=self._key(name), Body=bytes(data))
            else:
                self._client.upload_fileobj(io.BytesIO(data), self._bucket, self._key(name), Config=_transfer())

    def put_file(self, name: str, file: Path) -> None:
        """Write the object with a file's bytes, replacing an earlier one; a large one in parallel parts."""
        with self._reach("written"):
            self._client.upload_file(str(file), self._bucket, self._key(name), Config=_transfer())

    def put_new(self, name: str, data: bytes | memoryview) -> bool:
        """Write the object unless there is one."""
        from botocore.exceptions import ClientError

        writer = uuid.uuid4().hex
        with self._reach("written"):
            for attempt in range(_ATTEMPTS):
                try:
                    self._client.put_object(
                        Bucket=self._bucket,
                        Key=self._key(name),
                        Body=bytes(data),
                        IfNoneMatch="*",
                        Metadata={_WRITER: writer},
                    )
                    return True
                except ClientError as error:
                    match error.response["ResponseMetadata"]["HTTPStatusCode"]:
                        case 412:
                            # Ours, if the answer to it was lost and boto3 asked again.
                            standing = self._head(name)
                            return standing is not None and standing["Metadata"].get(_WRITER) == writer
                        case 409 if attempt < _ATTEMPTS - 1:
                            _pause(attempt)
                        case _:
                            raise
        raise AssertionError("the last attempt returns or raises")

    def has(self, name: str) -> bool:
        """Whether the object is there."""
        with self._reach("read"):
            return self._head(name) is not None

    def names(self, prefix: str) -> Iterator[str]:
        """The names that start with a prefix, sorted."""
        with self._reach("read"):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=self._prefix + prefix
            )
            found = [entry["Key"].removeprefix(self._prefix) for page in pages for entry in page.get("Contents", [])]
        return iter(sorted(found))

    def _read(self, name: str, use: Callable[[Any], T]) -> T | None:
        """What is made of the object; asked for again when bytes change on the way, which boto3 leaves to us."""
        from botocore.exceptions import ClientError, FlexibleChecksumError, HTTPClientError, IncompleteReadError

        for attempt in range(_ATTEMPTS):
            try:
                return use(self._client.get_object(Bucket=self._bucket, Key=self._key(name)))
            except ClientError as error:
                if error.response["Error"]["Code"] in _ABSENT:
                    return None
                raise
            except (FlexibleChecksumError, HTTPClientError, IncompleteReadError):
                if attempt == _ATTEMPTS - 1:
                    raise
                _pause(attempt)
        raise AssertionError("the last attempt returns or raises")

    def _fetch(self, name: str, found: Any) -> Path:
        file = self._place(name)
        if self._fetched.get(name) != found["ETag"]:
            temporary = file.with_name(f".{uuid.uuid4().hex}{file.suffix}")
            if found["ContentLength"] <= _PART:
                temporary.write_bytes(found["Body"].read())
            else:
                self._client.download_file(self._bucket, self._key(name), str(temporary), Config=_transfer())
            temporary.replace(file)
            self._fetched[name] = found["ETag"]
        found["Body"].close()
        return file

    def _head(self, name: str) -> Any:
        from botocore.exceptions import ClientError

        try:
            return self._client.head_object(Bucket=self._bucket, Key=self._key(name))
        except ClientError as error:
            if error.response["Error"]["Code"] in _ABSENT:
                return None
            raise

    def _key(self, name: str) -> str:
        return self._prefix + check_name(name)

    def _place(self, name: str) -> Path:
        with self._lock:
            if self._folder is None:
                self._folder = tempfile.TemporaryDirectory(prefix="mlc-s3-")
        file = Path(self._folder.name) / name
        file.parent.mkdir(parents=True, exist_ok=True)
        return file

    @contextmanager
    def _reach(self, verb: str) -> Iterator[None]:
        from boto3.exceptions import Boto3Error
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except (BotoCoreError, ClientError, Boto3Error, OSError) as error:
            raise InfrastructureError(
                "MLC953",
                f"the store `s3://{self._bucket}/{self._prefix}` cannot be {verb}: {error}",
                "Check the bucket, the endpoint, the region and the credentials, and what they allow.",
            ) from error


def _connect(endpoint: str | None, region: str | None) -> S3Client:
    try:
        import boto3
        from botocore.config import Config
    except ModuleNotFoundError:
        raise InvalidInputError(
            "MLC964", "a store in S3 needs `boto3`", "Install the extra: pip install 'mlc-compiler[s3]'"
        ) from None
    config = Config(
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
        max_pool_connections=PARALLEL,
        connect_timeout=10,
        read_timeout=60,
    )
    return boto3.session.Session().client("s3", endpoint_url=endpoint, region_name=region, config=config)


def _pause(attempt: int) -> None:
    time.sleep(random.uniform(0, 0.05 * 2**attempt))


def _transfer() -> Any:
    from boto3.s3.transfer import TransferConfig

    return TransferConfig(multipart_threshold=_PART, multipart_chunksize=_PART, max_concurrency=8)
