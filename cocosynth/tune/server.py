"""The server of the page: on this machine only, until Ctrl-C."""

from __future__ import annotations

import json
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from typing import Any

import msgspec

from cocosynth.core.errors import CocosynthError
from cocosynth.core.optional import optional
from cocosynth.tune.door import App, Door
from cocosynth.tune.fault import fault_of
from cocosynth.tune.form import form
from cocosynth.tune.session import Session

ADDRESS = "127.0.0.1"
EXTRA = "ui"
TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


def require() -> None:
    """Check that what serves the page is installed.

    Raises
    ------
    CocosynthError
        If it is not.
    """
    for package in ("starlette", "uvicorn"):
        optional(package, extra=EXTRA)


def application(session: Session) -> App:
    """Return the application behind the door: the page, and what it asks for."""
    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool
    from starlette.requests import Request
    from starlette.responses import Response, StreamingResponse
    from starlette.routing import Route

    files = page_files()

    async def page(request: Request) -> Response:
        name = request.path_params.get("name", "index.html")
        if name not in files:
            return Response("there is no such file\n", 404, media_type="text/plain")
        return Response(files[name], media_type=TYPES[name.rpartition(".")[2]])

    async def opened(request: Request) -> Response:
        del request
        found = {
            "form": form(),
            "values": session.opened.values,
            "path": str(session.opened.path),
            "folder": str(session.opened.folder.resolve()),
        }
        return _json(found)

    async def render(request: Request) -> Response:
        asked = await _asked(request)
        if asked is None:
            return _wrong()
        lines = (msgspec.json.encode(line) + b"\n" for line in session.render(asked))
        return StreamingResponse(lines, media_type="application/x-ndjson")

    def answering(answer: Any) -> Any:
        async def endpoint(request: Request) -> Response:
            asked = await _asked(request)
            if asked is None:
                return _wrong()
            try:
                return _json(await run_in_threadpool(answer, asked))
            except CocosynthError as error:
                return _json({"kind": "error", **fault_of(str(error))}, 422)

        return endpoint

    async def _asked(request: Request) -> dict[str, Any] | None:
        try:
            asked = json.loads(await request.body())
        except (ValueError, RecursionError):
            return None
        return asked if _is_request(asked) else None

    def _json(value: Any, status: int = 200) -> Response:
        return Response(msgspec.json.encode(value), status, media_type="application/json")

    def _wrong() -> Response:
        return _json({"kind": "error", "address": "", "text": "not a request of the page"}, 400)

    return Starlette(
        routes=[
            Route("/", page),
            Route("/page/{name}", page),
            Route("/api/open", opened, methods=["POST"]),
            Route("/api/render", render, methods=["POST"]),
            Route("/api/scene", answering(session.scene), methods=["POST"]),
            Route("/api/save", answering(session.save), methods=["POST"]),
        ]
    )


def _is_request(asked: Any) -> bool:
    if not isinstance(asked, dict) or not isinstance(asked.get("values"), dict):
        return False
    return all(type(asked.get(name, 0)) is int for name in ("number", "first", "count"))


def page_files() -> dict[str, bytes]:
    """Return the files of the page by name."""
    folder = resources.files("cocosynth.tune") / "page"
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


def bound(port: int) -> socket.socket:
    """Take a port of this machine; 0 is any that is free.

    Raises
    ------
    CocosynthError
        If it is in use, or may not be taken.
    """
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((ADDRESS, port))
    except OSError as error:
        listening.close()
        reason = (error.strerror or str(error)).lower()
        raise CocosynthError(
            f"--port {port}: cannot be used: {reason}; give another, or none for any that is free"
        ) from None
    listening.listen(64)
    return listening


@contextmanager
def serving(session: Session, listening: socket.socket) -> Iterator[str]:
    """Serve the page in the block; give its address, the token in it."""
    import uvicorn

    port = listening.getsockname()[1]
    token = secrets.token_urlsafe(24)
    settings = uvicorn.Config(
        Door(application(session), token=token, port=port),
        lifespan="off",
        log_level="error",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
        ws="none",
    )
    server = uvicorn.Server(settings)
    thread = threading.Thread(target=server.run, args=([listening],), name="page", daemon=True)
    thread.start()
    try:
        yield f"http://{ADDRESS}:{port}/?token={token}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        session.close()
