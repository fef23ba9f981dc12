"""Builds on a real S3 server: the bytes are those of a build on disk, whatever happens."""

import json
import os
import signal

import cv2
import numpy as np
import pytest
from small_builds import tree


def build(store, config, out, *options, **more):
    return store.run("build", config, "-o", out, *options, "--executor", "serial", **more)


def local_tree(store, config):
    build(store, config, store.folder / "local")
    return tree(store.folder / "local")


def test_a_build_to_s3_from_local_sources_has_the_bytes_of_a_local_one(store, sources, expected):
    config = sources / "cocosynth.yaml"
    text = store.run("build", config, "-o", store.url("out"), "--workers", "2")
    assert store.tree("out") == expected
    assert "files written" in text


def test_a_build_from_s3_sources_has_the_same_bytes_on_disk_and_on_s3(store, sources):
    store.put(sources, "in")
    config = store.url("in/cocosynth.yaml")
    expected = local_tree(store, config)
    first = build(store, config, store.url("out"))
    assert store.tree("out") == expected
    assert "files read" in first
    second = build(store, config, store.url("other"), "--log", store.folder / "log.json")
    assert store.tree("other") == expected
    assert json.loads((store.folder / "log.json").read_text())["storage"]["cached"] > 0
    assert "valid" in second


@pytest.mark.parametrize("number", [2, 9, 45])
def test_a_build_killed_at_any_put_is_resumed_to_the_same_bytes(store, sources, expected, number):
    config, puts = sources / "cocosynth.yaml", []

    def kill(_, method, path):
        if method == "PUT":
            puts.append(path)
            if len(puts) == number:
                os.kill(process.pid, signal.SIGKILL)
                return "drop"
        return None

    store.proxy.fault = kill
    process = store.start("build", config, "-o", store.url("out"), "--executor", "serial")
    process.communicate(timeout=240)
    assert process.returncode == -signal.SIGKILL
    assert "manifest.json" not in store.tree("out")
    store.proxy.fault = lambda *_: None
    text = build(store, config, store.url("out"), "--resume")
    assert "has ended: it is taken over" in text
    assert store.tree("out") == expected


def test_a_build_killed_between_the_manifest_and_the_end_is_whole_and_resumes(
    store, sources, expected
):
    config = sources / "cocosynth.yaml"

    def kill(_, method, path):
        if method == "POST" and "manifest.json" in store.tree("out"):
            os.kill(process.pid, signal.SIGKILL)
            return "drop"
        return None

    store.proxy.fault = kill
    process = store.start("build", config, "-o", store.url("out"), "--executor", "serial")
    process.communicate(timeout=240)
    store.proxy.fault = lambda *_: None
    there = store.tree("out")
    assert {name: there[name] for name in expected} == expected
    build(store, config, store.url("out"), "--resume")
    assert store.tree("out") == expected


def test_overwrite_removes_what_the_earlier_dataset_wrote_and_nothing_else(store, sources):
    config = sources / "cocosynth.yaml"
    build(store, config, store.url("out"))
    store.system.pipe_file(store.key("out/notes.txt"), b"mine")
    store.system.pipe_file(store.key("outside"), b"mine")
    content = json.loads(config.read_text())
    content["splits"], content["export"]["formats"] = {"other": 3}, ["coco"]
    config.write_text(json.dumps(content))
    text = store.run("build", config, "-o", store.url("out"), code=2)
    assert "holds a dataset; --overwrite replaces it" in text
    build(store, config, store.url("out"), "--overwrite")
    there = store.tree("out")
    assert there.pop("notes.txt") == b"mine"
    assert there == local_tree(store, config)
    assert store.system.cat_file(store.key("outside")) == b"mine"


def test_a_bank_on_s3_gives_the_same_bytes(store, sources, expected):
    config = sources / "cocosynth.yaml"
    store.run("extract", config, "-o", store.url("bank"), "--executor", "serial")
    assert store.tree("bank")
    build(store, config, store.url("out"), "--bank", store.url("bank"))
    assert store.tree("out") == expected


def test_validate_and_stats_read_a_dataset_on_s3(store, sources):
    build(store, sources / "cocosynth.yaml", store.url("out"))
    text = store.run("validate", store.url("out"), "--executor", "serial")
    assert "instances_train.json" in text
    assert "0 errors" in text or "valid" in text
    assert "train" in store.run("stats", store.url("out"))
    store.system.rm_file(store.key("out/val/000000000001.png"))
    text = store.run("validate", store.url("out"), "--executor", "serial", code=1)
    assert "000000000001.png" in text


def test_commands_that_work_on_files_refuse_a_url(store):
    text = store.run("merge", store.url("a"), store.url("b"), "-o", "merged", code=2)
    assert text.strip() == (
        f"cocosynth: error: {store.url('a')}: `merge` works on files of this machine: copy them "
        "here first"
    )
    assert not (store.folder / "s3:").exists()


def test_photographs_are_looked_at_by_their_ends_and_those_used_are_fetched(store, sources):
    rng = np.random.default_rng(0)
    for number in range(6):
        pixels = rng.integers(0, 255, (900, 1200, 3), dtype=np.uint8)
        cv2.imwrite(str(sources / "backgrounds" / f"large-{number}.jpg"), pixels)
    store.put(sources, "in")
    large = sum(path.stat().st_size for path in (sources / "backgrounds").glob("*.jpg"))
    config = json.loads((sources / "cocosynth.yaml").read_text())
    config |= {"splits": {"train": 1}, "share_sources": True}
    store.system.pipe_file(store.key("in/one.yaml"), json.dumps(config).encode())
    log = store.folder / "log.json"
    build(store, store.url("in/one.yaml"), store.url("out"), "--log", log)
    took = json.loads(log.read_text())["storage"]["read_bytes"]
    assert large > 4_000_000
    assert took < large / 2 + 500_000
    build(store, store.url("in/one.yaml"), store.folder / "local")
    assert store.tree("out") == tree(store.folder / "local")


def test_an_interrupted_build_gives_its_lease_back_and_is_resumed(store, sources, expected):
    config, numbers = sources / "cocosynth.yaml", iter(range(100))

    def interrupt(_, method, path):
        if method == "PUT" and path.endswith(".png") and next(numbers) == 4:
            process.send_signal(signal.SIGINT)
        return

    store.proxy.fault = interrupt
    process = store.start("build", config, "-o", store.url("out"), "--workers", "2")
    text, _ = process.communicate(timeout=240)
    store.proxy.fault = lambda *_: None
    assert process.returncode == 130, text
    assert "add --resume to go on" in text
    assert ".build/lock" not in store.tree("out")  # given back: the next need not wait
    text = build(store, config, store.url("out"), "--resume")
    assert "taken over" not in text
    assert store.tree("out") == expected
