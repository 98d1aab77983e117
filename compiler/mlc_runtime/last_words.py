"""What a container says when it ends badly: Kubernetes hands on the content of a file, and its engines show it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

FILE = Path("/dev/termination-log")
"""Where Kubernetes looks by default; it is only there in its containers."""
_MOST = 240  # bytes: an engine may keep the words of every pod of a run in one object


def last_words(text: str) -> None:
    """Leave the reason of a failure, its first line and no more than a few words of it."""
    line = text.strip().partition("\n")[0].encode("utf-8", "replace")
    if FILE.exists():
        with suppress(OSError):
            FILE.write_bytes(line[:_MOST].decode("utf-8", "ignore").encode())
