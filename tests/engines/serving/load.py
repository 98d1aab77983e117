"""A load generator: connections that stay open, one thread each, as many requests as asked for."""

import http.client
import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit


@dataclass
class Load:
    """What came of the requests: how many got each status and each version, and how long each took, in seconds."""

    statuses: Counter[int] = field(default_factory=Counter)
    versions: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    wall: float = 0.0

    def told(self) -> str:
        """Latency and throughput in a line."""
        ordered = sorted(self.seconds)
        half, most = (1000 * ordered[int(len(ordered) * share)] for share in (0.5, 0.99))
        pace = len(ordered) / self.wall
        return f"{len(ordered):,} requests, {pace:,.0f} a second, median {half:.1f} ms, 99 % {most:.1f} ms"


def load(url: str, body: dict[str, Any], requests: int, connections: int = 8) -> Load:
    """Ask an address for answers to one body, over and over."""
    parts, data = urlsplit(url), json.dumps(body).encode()
    found = Load()

    def ask(count: int) -> None:
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        for _ in range(count):
            started = time.monotonic()
            connection.request("POST", parts.path, data, {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer = json.loads(response.read())
            found.seconds.append(time.monotonic() - started)
            found.statuses[response.status] += 1
            found.versions[answer.get("model_version", "")] += 1
        connection.close()

    started = time.monotonic()
    with ThreadPoolExecutor(connections) as pool:
        list(pool.map(ask, [requests // connections] * connections))
    found.wall = time.monotonic() - started
    return found
