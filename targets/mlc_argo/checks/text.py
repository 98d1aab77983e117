"""Text of the environment that Kubernetes takes in one form only. Argo and Kubernetes expand some of it, so what passes
here has none of the characters that mean something to them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlc_argo.checks.ask import Ask
from mlc_argo.image import needed_files
from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_compiler.source.place import Path

_NAME = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_LABEL = re.compile(rf"({_NAME})?")
_KEY = re.compile(rf"([a-z0-9]([-a-z0-9.]{{0,251}}[a-z0-9])?/)?{_NAME}")
_OBJECT = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
_DATA_KEY = re.compile(r"[-._A-Za-z0-9]{1,253}")
_FILE = re.compile(r"[-A-Za-z0-9_.+@=][-A-Za-z0-9_.+@=/]*")


def check_text(ask: Ask) -> Iterator[Diagnostic]:
    """Labels and tolerations of pools, names of secrets, and paths that the Dockerfile copies."""
    for path, text, form, noun in _texts(ask):
        if not form.fullmatch(text):
            yield Diagnostic(
                "MLC715", f"this is no {noun}", ask.environment(*path), help=f"it has to match `{form.pattern}`"
            )
    for file in needed_files(ask.plan, ask.site):
        if not _FILE.fullmatch(file) or ".." in file.split("/"):
            yield Diagnostic(
                "MLC720",
                f"`{file}` cannot be a part of the step image",
                ask.environment(),
                "steps read it, and an image holds files of the project's folder, with plain names",
                "move it into the project, or put it on a volume of `targets.argo.volumes`",
            )


def _texts(ask: Ask) -> Iterator[tuple[Path, str, re.Pattern[str], str]]:
    for name, pool in ask.site.data.get("pools", {}).items():
        for key, value in pool.get("labels", {}).items():
            yield ("pools", name, "labels", key), key, _KEY, "label's key"
            yield ("pools", name, "labels", key), value, _LABEL, "label's value"
        for index, toleration in enumerate(pool.get("tolerations", ())):
            for part, form, noun in (("key", _KEY, "taint's key"), ("value", _LABEL, "taint's value")):
                if part in toleration:
                    yield ("pools", name, "tolerations", index, part), toleration[part], form, noun
    for name, secret in ask.site.data.get("secrets", {}).items():
        reference = secret.get("kubernetes")
        if reference:
            yield ("secrets", name, "kubernetes", "secret"), reference["secret"], _OBJECT, "name of a secret"
            yield ("secrets", name, "kubernetes", "key"), reference["key"], _DATA_KEY, "key of a secret"
    for name, reference in ask.site.settings.variables.items():
        path = ("targets", "argo", "variables", name)
        yield (*path, "secret"), reference.secret, _OBJECT, "name of a secret"
        yield (*path, "key"), reference.key, _DATA_KEY, "key of a secret"
