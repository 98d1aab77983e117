"""What engines are run from: made once, and kept outside the tree. `MLC_ENGINES` names another folder to keep it in."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path


def kept(name: str, fingerprint: str, make: Callable[[Path], None]) -> Path:
    """The folder of something that is expensive to make; made where it is not there.

    Args:
        name: What it is called.
        fingerprint: Of all that it is made from; another one is another folder.
        make: Fills an empty folder.
    """
    place = _cache() / f"{name}-{fingerprint}"
    if place.is_dir():
        return place
    start = time.monotonic()
    print(f"== making {name}", flush=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    # In a folder of our own, and then renamed: a place that exists is complete.
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=f".{name}-") as temporary:
        made = Path(temporary) / "made"
        made.mkdir()
        make(made)
        try:
            made.rename(place)
        except OSError:
            if not place.is_dir():  # otherwise another one was faster
                raise
    print(f"== made {name} in {time.monotonic() - start:.0f} s", flush=True)
    return place


def _cache() -> Path:
    chosen = os.environ.get("MLC_ENGINES")
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mlc-engines"
    return Path(chosen) if chosen else base
