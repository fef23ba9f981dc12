"""A proxy between a client and an S3 server, which does what networks and busy servers do."""

import re
import socket
import threading
import time
from contextlib import suppress

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_BUSY = (
    b"HTTP/1.1 %d %s\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n"
    b"Connection: close\r\n\r\n"
)
_REASONS = {429: b"Too Many Requests", 500: b"Internal Server Error", 503: b"Service Unavailable"}
_CODES = {429: b"TooManyRequests", 500: b"InternalError", 503: b"SlowDown"}


class FaultProxy:
    """Passes requests on to a server; `fault` says what happens to each.

    Attributes
    ----------
    fault : callable
        Takes the number of a request, its method and its path; returns None, "drop", "cut"
        (the answer ends in its middle), a number of seconds to wait, or a status code to answer.
    requests : list of (str, str)
    """

    def __init__(self, port):
        self._server = ("127.0.0.1", port)
        self.fault = lambda number, method, path: None
        self.requests, self.faults = [], 0
        self._lock = threading.Lock()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        self._open = True
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.port}"

    def close(self):
        self._open = False
        self._door.close()

    def _accept(self):
        while self._open:
            try:
                client, _ = self._door.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client, suppress(OSError, ValueError):
            while request := _message(client, is_answer=False):
                if not self._one(client, request):
                    return

    def _one(self, client, request):
        """Serve one request; say whether the connection goes on."""
        method, path, _ = request.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)
        with self._lock:
            number = len(self.requests)
            self.requests.append((method, path))
            fault = self.fault(number, method, path)
            self.faults += fault is not None
        if fault == "drop":
            return False
        if isinstance(fault, float):
            time.sleep(fault)
        elif isinstance(fault, int):
            code = _CODES.get(fault, b"Error")
            body = b"<Error><Code>%s</Code><Message>busy</Message></Error>" % code
            body = b"" if method == "HEAD" else body
            client.sendall(_BUSY % (fault, _REASONS.get(fault, b"Error"), len(body)) + body)
            return False
        with socket.create_connection(self._server) as server:
            server.sendall(request)
            answer = _message(server, is_answer=True, has_body=method != "HEAD")
        if fault == "cut":
            head = answer.index(b"\r\n\r\n") + 4
            self.faults -= len(answer) == head  # there was nothing to cut
            client.sendall(answer[: head + (len(answer) - head) // 2])
            return False
        client.sendall(answer)
        return b"connection: close" not in answer.split(b"\r\n\r\n", 1)[0].lower()


def _message(stream, *, is_answer, has_body=True):
    """Read one message of HTTP to its end; nothing where the other side has closed."""
    content = b""
    while b"\r\n\r\n" not in content:
        more = stream.recv(1 << 16)
        if not more:
            return content
        content += more
        if not is_answer and b"\r\n\r\n" in content and b"100-continue" in content.lower():
            stream.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    if content.startswith(b"HTTP/1.1 100"):
        return content[content.index(b"\r\n\r\n") + 4 :] or _message(
            stream, is_answer=is_answer, has_body=has_body
        )
    head = content.index(b"\r\n\r\n") + 4
    start = content[:head].lower()
    length = _LENGTH.search(start)
    if not has_body or b" 204 " in start[:20] or b" 304 " in start[:20]:
        return content
    if b"transfer-encoding: chunked" in start:
        while not content.endswith(b"0\r\n\r\n"):
            more = stream.recv(1 << 16)
            if not more:
                return content
            content += more
        return content
    missing = (int(length[1]) if length else 0) - (len(content) - head)
    while missing > 0:
        more = stream.recv(1 << 16)
        if not more:
            return content
        content += more
        missing -= len(more)
    return content
