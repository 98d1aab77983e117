"""Text of the environment that Kubernetes takes in one form only. Argo and Kubernetes expand some of it, so what passes
here has none of the characters that mean something to them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlc_argo.checks.ask import Ask
from mlc_argo.forms import DATA_KEY, LABEL, LABEL_KEY, OBJECT_NAME
from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_compiler.source.place import Path
from mlc_containers.checks.steps import files_outside


def check_text(ask: Ask) -> Iterator[Diagnostic]:
    """Labels and tolerations of pools, names of secrets, and paths that the Dockerfile copies."""
    for path, text, form, noun in _texts(ask):
        if not re.fullmatch(form, text):
            yield Diagnostic("MLC715", f"this is no {noun}", ask.environment(*path), help=f"it has to match `{form}`")
    for file in files_outside(ask):
        yield Diagnostic(
            "MLC720",
            f"`{file}` cannot be a part of the step image",
            ask.environment(),
            "steps read it, and an image holds files of the project's folder, with plain names",
            "move it into the project, or put it on a volume of `targets.argo.volumes`",
        )


def _texts(ask: Ask) -> Iterator[tuple[Path, str, str, str]]:
    for name, pool in ask.site.data.get("pools", {}).items():
        for key, value in pool.get("labels", {}).items():
            yield ("pools", name, "labels", key), key, LABEL_KEY, "label's key"
            yield ("pools", name, "labels", key), value, LABEL, "label's value"
        for index, toleration in enumerate(pool.get("tolerations", ())):
            for part, form, noun in (("key", LABEL_KEY, "taint's key"), ("value", LABEL, "taint's value")):
                if part in toleration:
                    yield ("pools", name, "tolerations", index, part), toleration[part], form, noun
    for name, secret in ask.site.data.get("secrets", {}).items():
        reference = secret.get("kubernetes")
        if reference:
            yield ("secrets", name, "kubernetes", "secret"), reference["secret"], OBJECT_NAME, "name of a secret"
            yield ("secrets", name, "kubernetes", "key"), reference["key"], DATA_KEY, "key of a secret"
    for name, reference in ask.site.settings.variables.items():
        path = ("targets", "argo", "variables", name)
        yield (*path, "secret"), reference.secret, OBJECT_NAME, "name of a secret"
        yield (*path, "key"), reference.key, DATA_KEY, "key of a secret"
