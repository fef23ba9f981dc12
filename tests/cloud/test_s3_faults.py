"""What goes wrong between here and a store: what the user sees, and what is there after it."""

import json
import os
import re
import subprocess
import sys

import pytest
from seaweed import BUCKET, READER, READER_SECRET


def build(store, config, out, *options, **more):
    return store.run("build", config, "-o", out, *options, "--executor", "serial", **more)


def one_line(text):
    """Return the message of a command that failed; it must be one line, but for what goes on."""
    errors = [line for line in text.splitlines() if line.startswith("cocosynth: error: ")]
    assert len(errors) == 1, text
    return errors[0].removeprefix("cocosynth: error: ")


def every(fault, step):
    """Let a fault happen to each so-manieth request, but not twice in a row to the same."""
    return lambda number, method, path: fault if number % step == step - 1 else None


@pytest.mark.parametrize("fault", [500, 503, 429, "drop", "cut"])
def test_faults_that_pass_change_no_byte_and_are_counted(store, sources, expected, fault):
    store.put(sources, "in")
    store.proxy.fault = every(fault, 5)
    text = build(store, store.url("in/cocosynth.yaml"), store.url("out"))
    store.proxy.fault = lambda *_: None
    counted = int(re.search(r"(\d+) requests tried again", text)[1])
    there = store.tree("out")
    assert {name: there[name] for name in expected if not _names_its_source(name)} == {
        name: expected[name] for name in expected if not _names_its_source(name)
    }
    least = 1 if fault == "drop" else 0.8 * store.proxy.faults  # aiohttp asks again by itself
    assert counted >= least > 0
    assert set(there) == set(expected)


def _names_its_source(name):
    return name in ("manifest.json", "config.yaml")


def test_a_slow_answer_is_waited_for_and_one_that_never_comes_is_asked_for_again(
    store, sources, expected
):
    slow = every(0.4, 6)
    store.proxy.fault = lambda *request: 4.0 if request[0] in (12, 30) else slow(*request)
    text = build(store, sources / "cocosynth.yaml", store.url("out"), COCOSYNTH_STORAGE_TIMEOUT="2")
    assert int(re.search(r"(\d+) requests tried again", text)[1]) >= 2
    assert store.tree("out") == expected


@pytest.mark.parametrize(
    ("fault", "said"),
    [(503, "busy|service unavailable"), ("drop", ""), (3.0, "timeout")],  # HEAD has no text
)
def test_a_store_that_does_not_answer_is_one_line_and_nothing_counts_as_whole(
    store, sources, expected, fault, said
):
    store.proxy.fault = lambda number, *_: fault if number > 40 else None
    few = {"COCOSYNTH_STORAGE_TRIES": "2", "COCOSYNTH_STORAGE_TIMEOUT": "1"}
    text = build(store, sources / "cocosynth.yaml", store.url("out"), code=2, **few)
    message = one_line(text)
    assert message.startswith(store.url("out"))
    assert re.search(said, message.lower())
    assert "(tried 2 times); check the network and the store" in message
    assert "add --resume to go on" in text
    store.proxy.fault = lambda *_: None
    assert "manifest.json" not in store.tree("out")
    build(store, sources / "cocosynth.yaml", store.url("out"), "--resume")
    assert store.tree("out") == expected


def test_a_missing_bucket_is_one_line(store, sources):
    config = json.loads((sources / "cocosynth.yaml").read_text())
    text = build(store, sources / "cocosynth.yaml", "s3://no-such-bucket/out", code=2)
    assert one_line(text) == (
        "s3://no-such-bucket/out: there is no bucket 'no-such-bucket'; make it, or correct the URL"
    )
    config["backgrounds"] = [{"folder": "s3://no-such-bucket/photos"}]
    (sources / "cocosynth.yaml").write_text(json.dumps(config))
    text = build(store, sources / "cocosynth.yaml", "out", code=2)
    assert one_line(text).startswith("s3://no-such-bucket/photos: there is no bucket")
    config["backgrounds"] = [{"folder": store.url("nothing")}]
    (sources / "cocosynth.yaml").write_text(json.dumps(config))
    text = build(store, sources / "cocosynth.yaml", "out", code=2)
    assert one_line(text) == f"{store.url('nothing')}: no such folder"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"AWS_ACCESS_KEY_ID": "nobody"}, "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
        ({"AWS_SECRET_ACCESS_KEY": "wrong"}, "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
        (
            {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""},
            "no credentials were found; set AWS_ACCESS_KEY_ID",
        ),
    ],
)
def test_bad_credentials_are_one_line(store, sources, more, said):
    text = build(store, sources / "cocosynth.yaml", store.url("out"), code=2, **more)
    assert one_line(text).startswith(store.url("out"))
    assert said in one_line(text)


def test_a_denied_key_is_one_line(store, sources):
    reader = {"AWS_ACCESS_KEY_ID": READER, "AWS_SECRET_ACCESS_KEY": READER_SECRET}
    store.system.pipe_file(f"{BUCKET}/open/a", b"")
    text = build(store, sources / "cocosynth.yaml", f"s3://{BUCKET}/open/out", code=2, **reader)
    assert "the store denies it; allow these credentials to read, write" in one_line(text)
    text = build(store, store.url("cocosynth.yaml"), "out", code=2, **reader)
    assert one_line(text).startswith(store.url("cocosynth.yaml"))
    assert "denies" in one_line(text)


def test_the_cache_serves_the_next_build(store, sources):
    store.put(sources, "in")
    first = build(store, store.url("in/cocosynth.yaml"), "one")
    again = build(store, store.url("in/cocosynth.yaml"), "two")
    files_read = re.compile(r"(\d+) files read")
    assert int(files_read.search(first)[1]) >= 13
    assert int(files_read.search(again)[1]) == 1  # the configuration, which is never cached
    kept = [path for path in (store.cache / "files").glob("*/*") if path.is_file()]
    assert len(kept) == 13


def test_a_large_file_that_breaks_off_is_fetched_again(store):
    content = os.urandom(1 << 16) * 300  # 20 MB: written to disk as it comes
    store.system.pipe_file(store.key("large"), content)
    broken = []

    def cut(number, method, path):
        if method == "GET" and len(broken) < 2:
            broken.append(number)
            return "cut"
        return None

    store.proxy.fault = cut
    run = (
        "import sys; from cocosynth.core import files; from cocosynth.core.urls import place\n"
        "from cocosynth.core.storage import traffic\n"
        f"path = files.local(place({store.url('large')!r}))\n"
        "sys.stdout.buffer.write(path.read_bytes()); print(traffic.taken(), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", run], env=store.environment(), capture_output=True, timeout=120
    )
    assert done.stdout == content, done.stderr[-2000:]
    assert b"2 requests tried again" in done.stderr
