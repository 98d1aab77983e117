"""Write what a command makes to files."""

from __future__ import annotations

import codecs
import os
import stat
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from mlc_compiler.diagnostics.visible import visible
from mlc_compiler.source.document import Document
from mlc_compiler.source.there import exists, is_file


def write_files(files: Mapping[Path, bytes]) -> bool:
    """Write files, and make their folders; False, and a line on standard error, where one cannot be written."""
    for path, data in files.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, data)
        except (OSError, ValueError, RuntimeError) as error:  # a name with a null byte, a link to itself
            print(visible(f"cannot write `{path}`: {getattr(error, 'strerror', None) or error}"), file=sys.stderr)
            return False
    return True


def rewrite(path: Path, document: Document, text: str) -> bool:
    """Put another text in the place of a document's; its byte order mark stays.

    Returns:
        False, and a line on standard error, where the file cannot be written, or has changed since it was read.
    """
    try:
        before = path.read_bytes()
    except OSError:
        before = b""
    mark = codecs.BOM_UTF8 if before.startswith(codecs.BOM_UTF8) else b""
    if before != mark + document.text.encode():
        print(visible(f"`{path}` has changed meanwhile, and is left alone"), file=sys.stderr)
        return False
    return write_files({path: mark + text.encode()})


def _write(path: Path, data: bytes) -> None:
    """Write a file at once: who reads it finds what it was or what it is, also when this process is killed.

    What is no plain file, such as a pipe, is written to. A link stays one, and a file keeps owner and permissions.
    """
    if exists(path) and not is_file(path):
        path.write_bytes(data)
        return
    target = path.resolve()
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".mlc-")
    scratch = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        if exists(target):
            there = target.stat()
            with suppress(PermissionError):
                os.chown(scratch, there.st_uid, there.st_gid)
            scratch.chmod(stat.S_IMODE(there.st_mode))
        else:
            scratch.chmod(0o666 & ~_umask())
        scratch.replace(target)
    finally:  # where it is not in its place
        scratch.unlink(missing_ok=True)


def _umask() -> int:
    """The permissions that new files do not get, which can only be asked for by setting them."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
