"""A line to a server that goes wrong when it is told to."""

from __future__ import annotations

import http.client
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


class Line(ThreadingHTTPServer):
    """Passes requests on to a server, and its answers back.

    Attributes:
        faults: What happens to the next requests, one each: a status to answer with instead; `lose` the answer to what
            the server has done; `cut` its body in half; `flip` a bit of it.
        delay: Seconds that every request takes longer.
        most: How many requests were under way at once, at most.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, endpoint: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = urlsplit(endpoint).netloc
        self.faults: deque[int | str] = deque()
        self.delay = 0.0
        self.most = self._under_way = 0
        self._lock = threading.Lock()

    @property
    def endpoint(self) -> str:
        """The address to use instead of the server's."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    @contextmanager
    def one(self) -> Iterator[int | str | None]:
        """A request on its way, and what shall happen to it."""
        with self._lock:
            self._under_way += 1
            self.most = max(self.most, self._under_way)
            fault = self.faults.popleft() if self.faults else None
        try:
            time.sleep(self.delay)
            yield fault
        finally:
            with self._lock:
                self._under_way -= 1


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Line

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.server.one() as fault:
            if isinstance(fault, int):
                self._answer(fault, {}, b"<Error><Code>Fault</Code></Error>")
                return
            line = http.client.HTTPConnection(self.server.upstream, timeout=30)
            line.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                line.putheader(name, value)  # the host too: it is signed
            line.endheaders(body)
            answer = line.getresponse()
            data = answer.read()
            line.close()
            match fault:
                case "lose":
                    self.close_connection = True
                    return
                case "cut":
                    self.close_connection = True
                    self._answer(answer.status, dict(answer.getheaders()), data, len(data) // 2)
                    return
                case "flip":
                    data = bytes([data[0] ^ 1]) + data[1:]
            self._answer(answer.status, dict(answer.getheaders()), data)

    do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = _pass

    def _answer(self, status: int, headers: dict[str, str], data: bytes, sent: int | None = None) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in {"content-length", "transfer-encoding", "connection"}:
                self.send_header(name, value)
        length = headers.get("Content-Length") if self.command == "HEAD" else None
        self.send_header("Content-Length", length or str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data[:sent])

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def line_to(endpoint: str) -> Iterator[Line]:
    """A line to a server, for as long as the block runs."""
    with Line(endpoint) as line:
        thread = threading.Thread(target=line.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield line
        finally:
            line.shutdown()
            thread.join()
