"""Secrets written literally, where only the name of one belongs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_compiler.source.place import Path, Place

_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "a password in an address",
        re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s:/@]{0,80}:(?!\$)(?P<secret>[^\s/@]{1,200})@", re.IGNORECASE),
    ),
    ("a private key", re.compile(r"(?P<secret>-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----)")),
    ("an AWS access key", re.compile(r"\b(?P<secret>(?:AKIA|ASIA)[0-9A-Z]{16})\b")),
    ("a GitHub token", re.compile(r"\b(?P<secret>gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_\w{22,255})\b")),
    ("a GitLab token", re.compile(r"\b(?P<secret>glpat-[\w-]{20,255})")),
    ("a Slack token", re.compile(r"\b(?P<secret>xox[abeprs]-[A-Za-z0-9-]{10,255})")),
    ("a Google API key", re.compile(r"\b(?P<secret>AIza[\w-]{35})")),
    ("a Hugging Face token", re.compile(r"\b(?P<secret>hf_[A-Za-z0-9]{30,255})\b")),
    ("an API key", re.compile(r"\b(?P<secret>sk-[A-Za-z0-9_-]{32,255})")),
    ("a JSON web token", re.compile(r"\b(?P<secret>eyJ[\w-]{10,2000}\.eyJ[\w-]{10,2000}\.[\w-]{10,2000})")),
)
_SECRET_WORDS = re.compile(
    r"(?:^|_)(?:password|passwd|secret|token|api_?key|access_?key|private_?key|credentials?)$", re.IGNORECASE
)
_FREE_FORM = {"with", "targets"}
"""Below these keys the language has no types, so that a key's name is all there is to go by."""
_REFERENCE = {"secret", "key"}
"""The keys of a mapping that says where Kubernetes keeps a secret."""


def find_secrets(data: Mapping[str, Any], file: str) -> Iterator[Diagnostic]:
    """What looks like a secret, anywhere in a document.

    Args:
        data: the document's plain data.
        file: the document's file.
    """
    for path, text, refers in _texts(data, ()):
        kind_and_extent = _secret_in(path, text, refers=refers)
        if kind_and_extent is None:
            continue
        kind, extent = kind_and_extent
        yield Diagnostic(
            "MLC701",
            f"this looks like {kind}",
            Place(file, path, inside=extent),
            "whoever can read this file, or its history, can use it; and a compiled pipeline would carry it along",
            "take it out and change it; name it under `secrets` of the environment, and refer to that name",
        )


def looks_secret(text: str) -> bool:
    """Whether a secret is recognised by its form alone."""
    return any(pattern.search(text) for _, pattern in _PATTERNS)


def _secret_in(path: Path, text: str, *, refers: bool) -> tuple[str, tuple[int, int]] | None:
    for kind, pattern in _PATTERNS:
        match = pattern.search(text)
        if match:
            return kind, match.span("secret")
    key = str(path[-1]) if path else ""
    if refers:
        return None
    if text and not text.startswith("$") and _SECRET_WORDS.search(key) and _FREE_FORM.intersection(map(str, path[:-1])):
        return f"the value of a secret, `{key[:40]}`", (0, len(text))
    return None


def _texts(value: Any, path: Path, *, refers: bool = False) -> Iterator[tuple[Path, str, bool]]:
    """The texts in a value, and whether each is a part of a reference, `{secret: NAME, key: KEY}`."""
    if isinstance(value, str):
        yield path, value, refers
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _texts(inner, (*path, key), refers=value.keys() == _REFERENCE)
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _texts(inner, (*path, position))
