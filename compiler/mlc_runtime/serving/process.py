"""The server as a process: it says where it listens, and ends once what was asked is answered."""

from __future__ import annotations

import signal
import socket
import sys
from typing import TYPE_CHECKING

import uvicorn

from mlc_runtime.serving.app import app, told_versions
from mlc_runtime.serving.service import Service

if TYPE_CHECKING:
    from mlc_runtime.serving.loading import Loading

_BACKLOG = 1_024
"""Connections that wait to be taken up; those that come before the server is up wait, too."""
_SWITCH = 0.0005
"""Seconds after which the thread that answers lets go for the one that reads and writes; Python's own are ten times as
many, and a request takes several turns."""
_GRACE = 30
"""Seconds that requests may take once the server is told to end."""


def serve(served: Service | Loading, host: str, port: int) -> int:
    """Answer until a signal ends it: SIGTERM or Ctrl-C; 0.

    Args:
        served: what answers, or will.
        host: the address to listen on.
        port: the port; 0 for a free one.
    """
    sys.setswitchinterval(_SWITCH)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Of TCP by name, so that asyncio sends answers at once: otherwise the last part of each waits for an
    # acknowledgement, which takes the other side forty milliseconds.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(_BACKLOG)
        config = uvicorn.Config(
            app(served), log_level="warning", timeout_graceful_shutdown=_GRACE, lifespan="on", access_log=False
        )
        shown = f"[{host}]" if ":" in host else host
        versions = told_versions(served) if isinstance(served, Service) else "loading"
        address = f"http://{shown}:{listening.getsockname()[1]}/v2/models/{served.description.name}"
        print(f"{served.description.name}: {versions} at {address}", file=sys.stderr, flush=True)
        for number in (signal.SIGINT, signal.SIGTERM):
            # uvicorn ends in peace on these, and then raises them again for whoever listened before.
            signal.signal(number, lambda *_: None)
        uvicorn.Server(config).run(sockets=[listening])
    return 0
