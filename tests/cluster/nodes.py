"""A real Ray cluster on this machine: a head and nodes, each with processes of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

STORE = 80_000_000  # bytes of each object store, about the least that Ray takes
HEAD, NODE = "head", "node"


def ray_command():
    beside = Path(sys.executable).parent / "ray"
    return str(beside) if beside.exists() else shutil.which("ray")


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def processes_of(mark):
    """Return the processes that have a text in their environment, with their command lines."""
    found = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            if mark.encode() in (folder / "environ").read_bytes():
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                if command:  # else it has ended
                    found[int(folder.name)] = command
        except OSError:
            continue
    return found


class Cluster:
    """A head without CPUs of its own, and nodes with one each."""

    def __init__(self, **environment):
        self.mark = uuid.uuid4().hex
        self.folder = Path(tempfile.mkdtemp(prefix="r", dir="/tmp"))  # sockets have short paths
        self.port = free_port()
        self.environment = {
            **os.environ,
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_AUTH_MODE": "disabled",
            "RAY_TEST_CLUSTER": self.mark,
            "RAY_health_check_initial_delay_ms": "0",  # a node that is lost is missed soon
            "RAY_health_check_period_ms": "1000",
            "RAY_health_check_failure_threshold": "5",
            **environment,
        }
        self.environment.pop("RAY_ADDRESS", None)

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def start(self, *, nodes=2):
        self.start_head()
        for number in range(1, nodes + 1):
            self.start_node(number)
        return self

    def start_head(self):
        self._start(HEAD, "--head", f"--port={self.port}", "--num-cpus=0")

    def start_node(self, number, *, within=(), **environment):
        """Start a node; `within` is a command that starts others, as in a namespace."""
        name = f"{NODE}{number}"
        options = (f"--address={self.address}", "--num-cpus=1")
        self._start(name, *options, within=within, RAY_TEST_NODE=self._of(name), **environment)

    def _of(self, name):
        return f"{self.mark}-{name}"

    def _start(self, name, *options, within=(), **environment):
        command = [*within, ray_command(), "start", *options]
        command += [f"--temp-dir={self.folder / name}", f"--object-store-memory={STORE}"]
        command += ["--include-dashboard=false"] if name == HEAD else []
        done = subprocess.run(
            [*command, "--disable-usage-stats"],
            env={**self.environment, **environment},
            cwd="/",
            capture_output=True,
            text=True,
            timeout=180,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def raylet(self, name):
        """Return the process of the raylet of a node."""
        socket_name = f"{self.folder / name}/"
        found = [p for p, c in processes_of(self.mark).items() if "raylet_socket" in c and
                 socket_name in c and "/raylet/raylet " in c]  # fmt: skip
        assert found, name
        return found[0]

    def workers(self, number=None):
        """Return the processes that work on an item now, of all nodes or of one."""
        mark = self.mark if number is None else self._of(f"{NODE}{number}")
        return [p for p, command in processes_of(mark).items() if command.startswith("ray::work")]

    def kill_node(self, number):
        """End the raylet of a node at once; its workers end by themselves."""
        os.kill(self.raylet(f"{NODE}{number}"), signal.SIGKILL)

    def kill_all(self):
        """End all processes at once, as where the power fails."""
        while found := processes_of(self.mark):
            for process in found:
                try:
                    os.kill(process, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            time.sleep(0.2)

    def stop(self):
        self.kill_all()
        shutil.rmtree(self.folder, ignore_errors=True)
