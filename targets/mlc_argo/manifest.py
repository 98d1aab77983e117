"""Data to YAML that every reader takes for the same data.

YAML 1.1 and 1.2 disagree on what a bare `1e3`, `0o17` or `on` is, so only what is plainly a word is written bare.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

Manifest = Mapping[str, Any]

_WORD = re.compile(r"[A-Za-z/][A-Za-z0-9_./-]*( [A-Za-z0-9_./-]+)*")
_NOT_TEXT = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_WIDEST = 2**31


def dump_manifest(manifest: Manifest) -> bytes:
    """One document of YAML in ASCII, keys in the order given; what holds nothing but scalars is on one line."""
    text: str = yaml.dump(manifest, Dumper=_Dumper, sort_keys=False, width=_WIDEST, default_flow_style=None)
    return text.encode("ascii")


def dump_manifests(manifests: Iterable[Manifest]) -> bytes:
    """Several documents."""
    return b"---\n".join(map(dump_manifest, manifests))


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - one thing twice is written twice
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    bare = _WORD.fullmatch(text) is not None and text.lower() not in _NOT_TEXT
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if bare else '"')


_Dumper.add_representer(str, _text)
