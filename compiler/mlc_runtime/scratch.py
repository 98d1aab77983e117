"""Scratch folders that do not pile up: each says in its name whose it is, and whoever comes next clears the dead's.

They lie in the machine's folder for temporary files and not in the store: a store may be on a slow or a shared disk,
and what libraries put there (sockets above all) must have short paths.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import socket
import tempfile
from pathlib import Path


def claim(kind: str) -> tempfile.TemporaryDirectory[str]:
    """A folder of this process, removed with it; those of processes that were killed are removed first.

    Args:
        kind: a word for the folder's name.
    """
    home = _home()
    for folder in Path(tempfile.gettempdir()).glob(f"mlc-*-{home}-*"):
        owner = re.fullmatch(rf"mlc-\w+-{home}-(\d+)-(\d+)-\w+", folder.name)
        if owner is not None and process_start(int(owner[1])) != int(owner[2]):
            shutil.rmtree(folder, ignore_errors=True)
    mine = f"{os.getpid()}-{process_start(os.getpid())}"
    return tempfile.TemporaryDirectory(prefix=f"mlc-{kind}-{home}-{mine}-", ignore_cleanup_errors=True)


def process_start(process: int) -> int | None:
    """When a process started, in ticks since the machine did; None where that cannot be told or there is none."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return None
    return int(stat.rpartition(")")[2].split()[19])


def _home() -> str:
    """This machine or container, whose numbers of processes mean nothing in another one."""
    return hashlib.blake2b(socket.gethostname().encode(), digest_size=4).hexdigest()
