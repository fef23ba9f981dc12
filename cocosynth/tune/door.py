"""Who may speak to the page's server: the page that this command opened, and nobody else.

Any page in a browser can send requests to 127.0.0.1, and a name of its own can lead there
(DNS rebinding). So the address in the request, the page that it comes from, and a token that only
the command's own address holds are checked before anything is read.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

Scope = MutableMapping[str, Any]
App = Callable[[Scope, Any, Any], Awaitable[None]]

TOKEN_HEADER = "x-cocosynth-token"
LARGEST = 1 << 20  # bytes of a request

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}

_POLICIES = [(name.encode(), value.encode()) for name, value in HEADERS.items()]


class Door:
    """Lets requests of our own page through to an application, and refuses all others.

    Parameters
    ----------
    app : ASGI application
    token : str
    port : int
    """

    def __init__(self, app: App, *, token: str, port: int) -> None:
        self._app, self._token = app, token
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        refused = self._refusal(scope)

        async def guarded(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_POLICIES]
            await send(message)

        if refused is None:
            await self._app(scope, receive, guarded)
            return
        start = {"type": "http.response.start", "status": 403}
        start["headers"] = [(b"content-type", b"text/plain; charset=utf-8")]
        await guarded(start)
        await guarded({"type": "http.response.body", "body": f"refused: {refused}\n".encode()})

    def _refusal(self, scope: Scope) -> str | None:
        """Return why a request is refused; None where it is not."""
        headers = _headers(scope)
        if headers.get("host") not in self._hosts:
            return "this address is not that of the page"
        origin = headers.get("origin")
        if origin is not None and origin not in {f"http://{host}" for host in self._hosts}:
            return "it comes from another page"
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            return "it comes from another site"
        if scope["path"].startswith("/api/"):
            if scope["method"] != "POST" or headers.get("content-type") != "application/json":
                return "it is not one of the page's requests"
            if not _is_short(headers.get("content-length", "")):
                return "it is too long"
            return None if self._is_token(headers.get(TOKEN_HEADER)) else "the token is missing"
        if scope["path"] != "/" or self._is_token(_asked_token(scope)):
            return None  # the files of the page are no secret
        return "open the address that the command printed, with its token"

    def _is_token(self, given: str | None) -> bool:
        return secrets.compare_digest((given or "").encode(), self._token.encode())


def _headers(scope: Scope) -> dict[str, str]:
    """Return the headers of a request; of one that is given twice, nothing that we would accept."""
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        key = name.decode("latin-1").lower()
        found[key] = "" if key in found else value.decode("latin-1")
    return found


def _is_short(length: str) -> bool:
    return length.isdecimal() and len(length) < 9 and int(length) <= LARGEST


def _asked_token(scope: Scope) -> str | None:
    return parse_qs(scope["query_string"].decode("latin-1")).get("token", [None])[0]
