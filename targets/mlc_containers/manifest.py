"""Data to YAML that every reader takes for the same data.

YAML 1.1 and 1.2 disagree on what a bare `1e3`, `0o17` or `on` is, so only what is plainly a word is written bare.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

Manifest = Mapping[str, Any]

_WORD = re.compile(r"[A-Za-z/][A-Za-z0-9_./-]*( [A-Za-z0-9_./-]+)*")
_NOT_TEXT = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_LINE = 200
"""Characters up to which a mapping or a list stands on one line."""
_WIDEST = 2**30

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""What reads manifests; of two that read the same, the faster where there is one."""
_Dumper: Any = type(
    "_Dumper",
    (getattr(yaml, "CSafeDumper", yaml.SafeDumper),),
    {"ignore_aliases": lambda *_: True},
)
"""What writes them, likewise; one thing twice is written twice."""


def dump_manifest(manifest: Manifest) -> bytes:
    """One document of YAML in ASCII, keys in the order given; what is short is on one line."""
    text: str = yaml.dump(manifest, Dumper=_Dumper, sort_keys=False, width=_WIDEST)
    return text.encode("ascii")


def dump_manifests(manifests: Iterable[Manifest]) -> bytes:
    """Several documents."""
    return b"---\n".join(map(dump_manifest, manifests))


def json_size(document: Any) -> int:
    """How many characters a document has as JSON without blanks, which is how engines keep it."""
    return len(json.dumps(document, separators=(",", ":")))


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    bare = _WORD.fullmatch(text) is not None and text.lower() not in _NOT_TEXT
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if bare else '"')


def _mapping(dumper: yaml.SafeDumper, mapping: Manifest) -> yaml.MappingNode:
    return dumper.represent_mapping("tag:yaml.org,2002:map", mapping, flow_style=_length(mapping) <= _LINE)


def _list(dumper: yaml.SafeDumper, items: list[Any]) -> yaml.SequenceNode:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=_length(items) <= _LINE)


def _length(value: Any) -> int:
    """About how many characters a value takes on one line."""
    if isinstance(value, Mapping):
        return 2 + sum(len(key) + 4 + _length(inner) for key, inner in value.items())
    if isinstance(value, list):
        return 2 + sum(2 + _length(inner) for inner in value)
    return len(str(value))


_Dumper.add_representer(str, _text)
_Dumper.add_representer(dict, _mapping)
_Dumper.add_representer(list, _list)
