"""The step image: there has to be one, and it should stay the same."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_containers.checks.ask import Ask

_HOST = r"[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?(:[0-9]+)?"
_PART = r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*"
IMAGE = re.compile(
    rf"(?=[^:@]{{1,255}}(:|@|$))({_HOST}/)?{_PART}(/{_PART})*(:[A-Za-z0-9_][-A-Za-z0-9_.]{{0,127}})?(@sha256:[0-9a-f]{{64}})?"
)
"""The form of a reference to an image."""
IMAGE_FORM = "write `REGISTRY/NAME:TAG`, or `REGISTRY/NAME@sha256:DIGEST`"


def check_image(ask: Ask) -> Iterator[Diagnostic]:
    """The environment's image, and the image that it is built from."""
    image, base = ask.site.image, ask.site.settings.base_image
    if not image:
        help_ = (
            "name what you will push, `image: REGISTRY/NAME:TAG`; `mlc compile` then writes its Dockerfile: build and "
            "push that, and add the digest: `REGISTRY/NAME@sha256:DIGEST`"
        )
        yield Diagnostic("MLC711", "the environment has no `image`, in which steps run", ask.environment(), help=help_)
    elif not IMAGE.fullmatch(image):
        yield Diagnostic("MLC715", "`image` is no reference to an image", ask.environment("image"), help=IMAGE_FORM)
    elif "@" not in image:
        why = "a tag may name another image tomorrow, with other code, and a run under way would mix both"
        help_ = f"write `{image}@sha256:...`; `docker push` prints it"
        place = ask.environment("image")
        yield Diagnostic("MLC712", "`image` names no digest", place, why, help_, severity="warning")
    if not IMAGE.fullmatch(base):
        yield Diagnostic(
            "MLC715", "`base_image` is no reference to an image", ask.setting("base_image"), help=IMAGE_FORM
        )
