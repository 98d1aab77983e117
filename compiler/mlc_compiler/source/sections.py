"""The order of the sections of a document, as the language's description has them."""

from __future__ import annotations

from typing import Final

_SPEC: Final = (
    "mlc",
    "name",
    "description",
    "timezone",
    "seed",
    "schedule",
    "include",
    "parameters",
    "sources",
    "features",
    "examples",
    "training",
    "serving",
    "experiments",
    "steps",
)
_ENVIRONMENT: Final = (
    "store",
    "connections",
    "secrets",
    "image",
    "pools",
    "parallelism",
    "overrides",
    "targets",
)
_RANKS: Final = {name: rank for rank, name in enumerate((*_SPEC, *_ENVIRONMENT))}


def section_rank(name: str) -> int:
    """Where a section stands in a spec or an environment; what is neither comes last, in the order written."""
    return _RANKS.get(name, len(_RANKS))
