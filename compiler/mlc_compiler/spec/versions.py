"""The versions of the language, and what is renamed on the way from each to the next, as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

VERSION = 1
"""The version of the language that this compiler reads."""


@dataclass(frozen=True)
class Rename:
    """A key that has another name in the next version.

    Attributes:
        path: its route; `*` stands for any name, and for the place in a list.
        to: its new name.
    """

    path: tuple[str, ...]
    to: str


RENAMES: Mapping[int, Sequence[Rename]] = {0: (Rename(("training", "*", "hyperparameters"), "grid"),)}
"""By version, what is renamed on the way from it to the next. Version 0 is the draft before the first."""
