"""What goes wrong between here and a store: tried again where it passes, else one line."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from cocosynth.core.errors import CocosynthError, StoppedError
from cocosynth.core.storage import traffic
from cocosynth.core.urls import Url

Answer = TypeVar("Answer")

TRIES, TIMEOUT = "COCOSYNTH_STORAGE_TRIES", "COCOSYNTH_STORAGE_TIMEOUT"

_of_thread = threading.local()
_FIRST_DELAY = 0.2  # seconds; each further one is twice as long
_LONGEST_DELAY = 10.0
_FINAL = (
    *(FileNotFoundError, PermissionError, FileExistsError, IsADirectoryError),
    *(NotADirectoryError, NotImplementedError, ValueError, TypeError),
)
_NO_CREDENTIALS = (
    *("NoCredentialsError", "PartialCredentialsError", "ProfileNotFound"),
    *("DefaultCredentialsError", "TokenRetrievalError", "CredentialRetrievalError"),
)
_REFUSED = ("InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken")
_OFFLINE = ("aiohttp", "botocore", "aiobotocore", "urllib3", "requests", "google", "azure")

_CREDENTIALS = {
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS",
}
_OTHERS = "AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT_NAME and _KEY"


class NotMetError(Exception):
    """The condition of a put does not hold."""


def number_of(variable: str, default: float) -> float:
    """Return what an environment variable says, which must be a number above 0.

    Raises
    ------
    CocosynthError
    """
    text = os.environ.get(variable)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not value > 0:
        raise CocosynthError(f"{variable}: must be a number above 0, got {text!r}")
    return value


@contextmanager
def once() -> Iterator[None]:
    """Let this thread make each request once: what can wait, or is done at the end all the same."""
    _of_thread.once = True
    try:
        yield
    finally:
        _of_thread.once = False


def persistently(url: Url, what: str, action: Callable[[], Answer]) -> Answer:
    """Do something with a store; again after a while, where it failed for a reason that passes.

    Parameters
    ----------
    url : Url
    what : str
        What is done, for messages: "read", "written", ...
    action : callable

    Raises
    ------
    FileNotFoundError, FileExistsError
        As the store says it.
    CocosynthError
        For all else that does not pass.
    """
    tries = 1 if getattr(_of_thread, "once", False) else max(1, int(number_of(TRIES, 7)))
    for number in range(tries):
        try:
            return action()
        except (FileNotFoundError, FileExistsError, CocosynthError, NotMetError):
            raise
        except Exception as error:
            if not _passes(error):
                raise _final(url, what, error) from None
            if number + 1 == tries:
                raise StoppedError(
                    f"{url}: cannot be {what}: {_reason(error)} (tried {tries} times); "
                    "check the network and the store, then run it again"
                ) from None
            traffic.count(tried_again=1)
            time.sleep(min(_FIRST_DELAY * 2**number, _LONGEST_DELAY))
    raise AssertionError


def status_code(error: BaseException) -> int | None:
    """Return the status code of HTTP that an error comes from."""
    for one in (error, error.__cause__):
        response: Any = getattr(one, "response", None)
        if isinstance(response, dict):
            code = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
            if isinstance(code, int):
                return code
        if type(one).__module__.startswith("aiohttp.http"):
            continue  # of an answer that broke off: its code is of no answer
        for name in ("status", "code", "status_code"):
            code = getattr(one, name, None)
            if isinstance(code, int) and 100 <= code < 600:
                return code
    return None


def _error_code(error: BaseException) -> str:
    for one in (error, error.__cause__):
        response: Any = getattr(one, "response", None)
        if isinstance(response, dict):
            return str(response.get("Error", {}).get("Code", ""))
    return ""


def _passes(error: Exception) -> bool:
    """Say whether the same request may succeed a little later."""
    if _lacks_credentials(error):
        return False
    code = status_code(error)
    if code is not None and not isinstance(error, PermissionError):
        return code >= 500 and code != 501 or code in (408, 409, 425, 429)
    if isinstance(error, _FINAL):
        return False
    return isinstance(error, (OSError, TimeoutError)) or _is_of_network(error)


def _is_of_network(error: Exception) -> bool:
    return type(error).__module__.split(".")[0] in (*_OFFLINE, "fsspec", "asyncio", "http")


def _lacks_credentials(error: BaseException) -> bool:
    return type(error).__name__ in _NO_CREDENTIALS


def _final(url: Url, what: str, error: Exception) -> CocosynthError:
    """Return the error for what does not pass: what is wrong, and the way out."""
    variables = _CREDENTIALS.get(url.scheme, _OTHERS)
    if _lacks_credentials(error):
        return StoppedError(f"{url}: no credentials were found; set {variables}")
    if isinstance(error, PermissionError) or status_code(error) in (401, 403):
        if _error_code(error) in _REFUSED:
            return StoppedError(
                f"{url}: the store refuses the credentials: {_reason(error)}; check {variables}"
            )
        return StoppedError(
            f"{url}: cannot be {what}: the store denies it; allow these credentials to read, "
            "write, list and delete there, or use others"
        )
    if isinstance(error, (OSError, *_FINAL)) or _is_of_network(error):
        return StoppedError(f"{url}: cannot be {what}: {_reason(error)}")
    raise error


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split()).rstrip(".") or type(error).__name__
    code = status_code(error)
    return f"{text} (HTTP {code})" if code is not None and str(code) not in text else text
