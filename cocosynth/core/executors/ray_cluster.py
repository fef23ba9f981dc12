"""The connection to a Ray cluster: found, or started on this machine, and watched."""

from __future__ import annotations

import logging
import os
import socket
import time
from typing import Any

from cocosynth.core.errors import CocosynthError, StoppedError
from cocosynth.core.executors.ray_worker import named
from cocosynth.core.locks import Note
from cocosynth.core.optional import optional
from cocosynth.core.threads import usable_cores

STORE_BYTES = 1 << 29
"""Of the object store of a cluster that is started here; what goes beyond is put on disk."""

LOOKS_AFTER = 2.0
"""Seconds after which the nodes are counted again."""

GONE_AFTER = 20.0
"""Seconds without an answer after which the head of the cluster counts as gone."""


class Cluster:
    """A connection to a cluster.

    Parameters
    ----------
    address : str, optional
        ``auto`` is a cluster that runs on this machine; without one, one is started here.
    workers : int, optional
        Of one that is started here.
    note : callable
        Takes lines about where the work runs, and about nodes that come and go.

    Attributes
    ----------
    ray : module
    slots : int
        Items that can be worked on at once, by what is known of the nodes.
    """

    def __init__(self, address: str | None, workers: int | None, note: Note) -> None:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        self.ray: Any = optional("ray", extra="ray")
        self._note, self._looked = note, 0.0
        self._silent_since: float | None = None
        address = address or os.environ.get("RAY_ADDRESS")
        self._start(address, workers)
        self._head = self.ray.get_runtime_context().gcs_address
        self._nodes = self._alive()
        self.slots = 0
        self._count()
        where = f"uses the cluster at {self._head}" if address else "starts a cluster here"
        note(f"ray: {where}: {self._described()}")

    def _start(self, address: str | None, workers: int | None) -> None:
        quiet = {"configure_logging": False, "log_to_driver": False}
        logging.getLogger("ray").setLevel(logging.ERROR)
        if address is not None:
            refuse_unreachable(address)
        here = {
            "num_cpus": workers or usable_cores(),
            "include_dashboard": False,
            "object_store_memory": STORE_BYTES,
        }
        try:
            self.ray.init(address or "local", **quiet, **({} if address else here))
        except Exception as error:  # Ray raises errors of any class, even the plainest
            where = f"--ray-address {address}" if address else "ray: no cluster starts here"
            text = _first_line(error)
            if address == "auto" and isinstance(error, ConnectionError):
                text = "no cluster runs on this machine; `ray start --head` starts one"
            elif address and "RAY_AUTH_MODE" not in os.environ:
                text += "; if it asks for a token, set RAY_AUTH_MODE=token"
            raise StoppedError(f"{where}: {text}") from None

    def look(self) -> None:
        """Count the nodes again, and say which were lost; from time to time only.

        Raises
        ------
        StoppedError
            If the head of the cluster does not answer any more.
        """
        now = time.monotonic()
        if now - self._looked < LOOKS_AFTER:
            return
        self._looked = now
        before = self._nodes
        try:
            if not _answers(self._head):
                raise ConnectionError
            self._nodes = self._alive()
        except (ConnectionError, self.ray.exceptions.RayError):
            self._silent_since = self._silent_since or now
            if now - self._silent_since < GONE_AFTER:
                return
            raise StoppedError(
                f"ray: the head of the cluster at {self._head} does not answer any more; start it "
                "again"
            ) from None
        self._silent_since = None
        self._count()
        for node, what in before.items():
            if node not in self._nodes:
                address = what["NodeManagerAddress"]
                self._note(f"ray: {named(address, node)} is lost; {self._described()} left")
        new = len(self._nodes.keys() - before.keys())
        if new:
            self._note(f"ray: {_many(new, 'node')} more: {self._described()}")

    def _alive(self) -> dict[str, Any]:
        return {node["NodeID"]: node for node in self.ray.nodes() if node["Alive"]}

    def _count(self) -> None:
        resources = (node["Resources"] for node in self._nodes.values())
        self.slots = int(sum(each.get("CPU", 0) for each in resources))

    def _described(self) -> str:
        return f"{_many(len(self._nodes), 'node')}, {_many(self.slots, 'CPU')}"

    def state(self) -> str:
        """Say what the cluster has, for who waits for it."""
        free = int(self.ray.available_resources().get("CPU", 0))
        return f"the cluster has {self._described()}, {free} of them free"

    def close(self) -> None:
        """Leave the cluster; one that was started here ends."""
        self.ray.shutdown()


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def refuse_unreachable(address: str) -> None:
    """Refuse an address where nothing answers: Ray would try for a long time.

    Raises
    ------
    CocosynthError
    """
    if address == "auto":
        return
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit() or "/" in host:
        raise CocosynthError(
            f"--ray-address {address}: must be `auto` or HOST:PORT, as `ray start --head` prints "
            "it; run this command on a node of the cluster"
        )
    if not _answers(address, wait=5):
        raise CocosynthError(
            f"--ray-address {address}: nothing answers there; `ray start --head` starts a cluster, "
            "and without --ray-address one is started for this command"
        )


def _answers(address: str, wait: float = 2.0) -> bool:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=wait).close()
    except OSError:
        return False
    return True


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
