"""What a Ray cluster costs: time an item, images a second of 1, 2 and 4 nodes, the parent's CPU.

    python -m benchmarks.cluster sample_data/cocosynth.yaml

The nodes are processes of this machine, with a CPU each: more of them than there are cores give no
more images. Needs `pip install "cocosynth[ray]"`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ruamel.yaml import YAML

STORE = 80_000_000


@contextmanager
def cluster(nodes: int) -> Iterator[str]:
    """Start a cluster on this machine, its head without a CPU; yield its address."""
    from ray.cluster_utils import Cluster

    size = {"object_store_memory": STORE, "include_dashboard": False}
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, **size})
    try:
        for _ in range(nodes):
            made.add_node(num_cpus=1, object_store_memory=STORE)
        yield made.address
    finally:
        made.shutdown()


def seconds_an_item(run, count: int) -> float:
    """Return what an item takes of which nothing is wanted, once the workers are there."""
    answers = run(abs, range(count + 20))
    for _ in range(20):
        next(answers)
    begun = time.perf_counter()
    assert sum(1 for _ in answers) == count
    return (time.perf_counter() - begun) / count


def built(config: Path, images: int, options: list[str]) -> tuple[float, float]:
    """Build some images; return the seconds it took, and the CPU seconds of the parent."""
    yaml = YAML(typ="safe", pure=True)
    settings = yaml.load(config.read_text()) | {"splits": {"train": images}, "report": False}
    with tempfile.TemporaryDirectory() as folder:
        log, sized = Path(folder, "log.json"), Path(folder, "cocosynth.yaml")
        with sized.open("w") as stream:
            yaml.dump(settings, stream)
        command = [sys.executable, "-m", "cocosynth", "build", str(sized), "-q"]
        command += ["--sources", str(config.parent), "-o", f"{folder}/out", "--log", str(log)]
        command += options
        process = subprocess.Popen(command)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, command
        return json.loads(log.read_bytes())["seconds"], used.ru_utime + used.ru_stime


def rates(config: Path, few: int, many: int, options: list[str]) -> tuple[float, float]:
    """Return the images a second and the CPU seconds an image of what a longer build has more."""
    (wall, cpu), (longer, more) = (built(config, count, options) for count in (few, many))
    return (many - few) / max(longer - wall, 1e-9), (more - cpu) / (many - few)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config", type=Path)
    parser.add_argument(
        "--images", type=int, default=160, help="of each split, of the longer build"
    )
    parser.add_argument("--items", type=int, default=200, help="of which nothing is wanted")
    parser.add_argument("--nodes", type=int, nargs="*", default=[1, 2, 4])
    chosen = parser.parse_args()
    os.environ.setdefault("RAY_AUTH_MODE", "disabled")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    from cocosynth.core.executors import Processes, Ray

    few, many = chosen.images // 4, chosen.images
    print(f"processes, 1: {seconds_an_item(Processes(1), chosen.items) * 1000:.1f} ms an item")
    for name, options in (
        ("serial", ["--executor", "serial"]),
        ("processes, 2", ["--executor", "processes", "--workers", "2"]),
    ):
        print(f"{name}: {rates(chosen.config, few, many, options)[0]:.1f} images/s", flush=True)
    for nodes in chosen.nodes:
        with cluster(nodes) as address:
            run = Ray(address=address, note=lambda _: None)
            item = seconds_an_item(run, chosen.items)
            run.close()
            options = ["--executor", "ray", "--ray-address", address]
            rate, cpu = rates(chosen.config, few, many, options)
        print(
            f"ray, {nodes} nodes: {item * 1000:.1f} ms an item, {rate:.1f} images/s, "
            f"{cpu * 1000:.1f} ms of the parent's CPU an image",
            flush=True,
        )


if __name__ == "__main__":
    main()
