"""Names that mlc or Argo gives itself, and that another value would take from it."""

from __future__ import annotations

from collections.abc import Iterator

from mlc_argo.checks.ask import Ask
from mlc_argo.metadata import OWN_LABELS
from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_compiler.source.place import Place

_OURS, _ARGO_S, _KUBECTL_S = "mlc/", "workflows.argoproj.io/", "kubectl.kubernetes.io/"
_VARIABLES = ("HOME", "TMPDIR")


def check_kept(ask: Ask) -> Iterator[Diagnostic]:
    """The labels, annotations and variables of the settings."""
    settings = ask.site.settings
    for key in settings.labels:
        if key in OWN_LABELS or key.startswith((_OURS, _ARGO_S)):
            yield kept(key, ask.setting("labels", key))
    for key in settings.annotations:
        if key.startswith((_OURS, _KUBECTL_S)):
            yield kept(key, ask.setting("annotations", key))
    for name in settings.variables:
        if name in _VARIABLES or name.startswith("MLC_"):
            yield kept(name, ask.setting("variables", name))


def kept(name: str, place: Place) -> Diagnostic:
    """What is said of such a name."""
    why = "what reads it would find another value than it was given, or another pipeline's"
    return Diagnostic("MLC727", f"`{name}` is set by mlc or Argo itself", place.key(), why, "choose another name")
