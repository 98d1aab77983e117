"""Colours, by day and by night; each pair of text and ground has a contrast of at least 4.5 to 1.

Lines that cross many others are pale, not transparent: transparent ones add up to a smear.
"""

from __future__ import annotations

from typing import Final

COLOURS: Final = {
    "page": ("#ffffff", "#0d1117"),
    "card": ("#ffffff", "#161b22"),
    "ink": ("#1f2328", "#e6edf3"),
    "faint": ("#59636e", "#9ba6b2"),
    "line": ("#d1d9e0", "#30363d"),
    "arrow": ("#8c959f", "#6e7681"),
    "distant": ("#c4cbd3", "#454c56"),
    "focus": ("#0550ae", "#79c0ff"),
    "sources": ("#0b6e75", "#5ed0d8"),
    "features": ("#6f42c1", "#c4a5ff"),
    "examples": ("#0969da", "#79b8ff"),
    "training": ("#a04100", "#ffb27a"),
    "serving": ("#1a7f37", "#6fdd8b"),
    "steps": ("#99286e", "#ff9bce"),
    "gone": ("#b3261e", "#ff8a80"),
    "new": ("#1a7f37", "#6fdd8b"),
}
"""Colour by name: light, dark."""

DASHES: Final = {"same": "", "broadcast": "6 4", "collect": "", "finds": "1.5 4"}
"""The dashes of arrows by kind."""

WIDTHS: Final = {"same": 1.4, "broadcast": 1.4, "collect": 2.8, "finds": 1.6}
"""The width of arrows by kind."""

MEANING: Final = {
    "same": "one task reads one task",
    "broadcast": "one task is read by many",
    "collect": "one task collects many",
    "finds": "finds what the other runs over",
}
"""What arrows of a kind say."""
