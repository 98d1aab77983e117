"""What a server hands in: a request's rows, or a model that is live."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlc_runtime.context import Context
from mlc_runtime.errors import InvalidInputError


def run(_: Mapping[str, Any], __: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Never: the plan of a server is executed by the server.

    Raises:
        InvalidInputError: `MLC961`, always.
    """
    raise InvalidInputError("MLC961", f"`{context.step}` is what a server gives", "Serve this plan; it cannot be run.")
