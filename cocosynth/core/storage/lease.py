"""One writer for each place in a store: an object that names its owner, and until when it counts.

The owner puts it again well before it ends, as long as it runs. Whether it has ended is a question
to the clock of the store alone: when the object was put, and what time it is now.
"""

from __future__ import annotations

import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from cocosynth.core.decoding import decode_as
from cocosynth.core.errors import CocosynthError, StoppedError
from cocosynth.core.storage import conditional, deleting
from cocosynth.core.storage.faults import number_of, once
from cocosynth.core.urls import Url

SECONDS = "COCOSYNTH_LEASE_SECONDS"

_DEFAULT = 60.0
_RENEWALS = 4  # in the time that a lease lasts


class Lease(msgspec.Struct, frozen=True):
    """What the object says.

    Attributes
    ----------
    owner : str
        Of one run; no other has it.
    host, process : str, int
        For people.
    seconds : float
        How long it counts after it was put.
    machine, started : str, str
        What tells whether this process still runs, to who asks on the same machine.
    """

    owner: str
    host: str
    process: int
    seconds: float
    machine: str = ""
    started: str = ""
    renewed: int = 0

    def __str__(self) -> str:
        return f"process {self.process} on {self.host}"


class Held:
    """A lease that this process has.

    Parameters
    ----------
    url : Url
    lease : Lease
    """

    def __init__(self, url: Url, lease: Lease) -> None:
        self._url, self._lease, self._place = url, lease, _place(url)
        self._stop, self._lost = threading.Event(), ""
        self._thread = threading.Thread(target=self._renew, daemon=True, name="cocosynth-lease")

    def start(self) -> None:
        self._thread.start()

    def _renew(self) -> None:
        last, number = time.monotonic(), 0
        while not self._lost and not self._stop.wait(self._lease.seconds / _RENEWALS):
            number += 1
            content = _encoded(msgspec.structs.replace(self._lease, renewed=number))
            begun = time.monotonic()
            try:
                with once():
                    renewed = conditional.replace(self._url, content, self._is_ours)
                if renewed:
                    last = begun
                    continue
                self._lost = f"{self._place}: another build has taken over; this one stops"
            except CocosynthError as error:
                if time.monotonic() - last > self._lease.seconds:
                    self._lost = f"{self._place}: its lease could not be renewed in time: {error}"

    def _is_ours(self, content: bytes | None) -> bool:
        return content is not None and _decoded(content, self._url).owner == self._lease.owner

    def refuse_lost(self) -> None:
        """Stop where another build writes here now.

        Raises
        ------
        StoppedError
        """
        if self._lost:
            raise StoppedError(self._lost)

    def release(self) -> None:
        """Let others have it; what is no longer ours stays."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        with suppress(CocosynthError), once():
            if not self._lost and self._is_ours(conditional.content_of(self._url)):
                deleting.delete([self._url])


_held: list[Held] = []


def refuse_lost() -> None:
    """Stop where a lease that this process had was taken over by another.

    Raises
    ------
    StoppedError
    """
    for one in tuple(_held):
        one.refuse_lost()


@contextmanager
def held(url: Url, *, busy: str, note: Callable[[str], None]) -> Iterator[None]:
    """Hold a lease of a place; see `locks.locked`.

    Raises
    ------
    CocosynthError
        If another process holds it.
    """
    lease = _mine()
    _take(url, lease, busy, note)
    mine = Held(url, lease)
    mine.start()
    _held.append(mine)
    try:
        yield
    finally:
        _held.remove(mine)
        mine.release()


def _take(url: Url, lease: Lease, busy: str, note: Callable[[str], None]) -> None:
    if conditional.create(url, _encoded(lease)):
        return
    content = conditional.content_of(url)
    if content is None:
        found, why = None, "its lease was just given back"
    else:
        found = _decoded(content, url)
        left = 0.0 if _has_ended(found) else found.seconds - conditional.age_of(url)
        if left > 0:
            raise CocosynthError(
                f"{busy}: {found}; its lease ends in {left:.0f} s unless it is renewed: wait, or "
                "stop that build"
            )
        why = f"the lease of {found} has ended"
    if not conditional.replace(url, _encoded(lease), lambda there: there == content):
        raise CocosynthError(f"{busy}: it has just begun")
    if found is not None:
        note(f"{_place(url)}: {why}: it is taken over")


def _place(url: Url) -> Url:
    """Return the folder that a lease is of; that of its object may be a hidden one in there."""
    return url.parent.parent if url.parent.name.startswith(".") else url.parent


def _mine() -> Lease:
    process = os.getpid()
    return Lease(
        owner=uuid.uuid4().hex,
        host=socket.gethostname(),
        process=process,
        seconds=number_of(SECONDS, _DEFAULT),
        machine=_machine(),
        started=_started(process),
    )


def _has_ended(lease: Lease) -> bool:
    """Say whether the owner ran on this very machine, and is no more."""
    if not lease.machine or lease.machine != _machine():
        return False
    return _started(lease.process) != lease.started


def _machine() -> str:
    """Return what no other machine has, nor another container; empty where nobody knows."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{socket.gethostname()} {boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""


def _started(process: int) -> str:
    """Return when a process of this machine began, in its own measure; empty if there is none."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] == "Z" else fields[19]


def _encoded(lease: Lease) -> bytes:
    return msgspec.json.encode(lease)


def _decoded(content: bytes, url: Url) -> Lease:
    found: Any = decode_as(content, Lease, what=f"{url}: not a lease of ours; remove it")
    return found
