"""Time zones, by the names of the IANA data base."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from importlib.resources import files

from pydantic_core import PydanticCustomError


@cache
def timezone_names() -> frozenset[str]:
    """All names; those of the `tzdata` distribution, so that they are the same on every machine."""
    return frozenset(files("tzdata").joinpath("zones").read_text(encoding="ascii").split())


def check_timezone(name: str) -> str:
    """Return a time zone's name as it is.

    Raises:
        PydanticCustomError: `MLC108` where there is no such zone.
    """
    if name not in timezone_names():
        near = get_close_matches(name, sorted(timezone_names()), n=1)
        ctx = {"text": name[:40], "help": f"did you mean `{near[0]}`?" if near else ""}
        raise PydanticCustomError("MLC108", "there is no time zone `{text}`", ctx)
    return name
