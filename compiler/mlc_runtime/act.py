"""Who acts, and when: noted beside what changes the registry, never in a key or a result."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from typing import TypedDict


class Act(TypedDict):
    """The user's name, and the time in ISO 8601, UTC."""

    who: str
    when: str


def act_now() -> Act:
    """Of this process, now; a user without a name, as in some containers, is `unknown`."""
    try:
        who = getpass.getuser()
    except (OSError, KeyError):
        who = "unknown"
    return {"who": who, "when": datetime.now(UTC).isoformat(timespec="seconds")}
