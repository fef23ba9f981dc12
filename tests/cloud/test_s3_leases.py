"""One build writes to a place: a lease is refused, taken over when it has ended, and given up."""

import json
import time

import pytest

LEASE = {
    "owner": "another",
    "host": "far-away",
    "process": 77,
    "seconds": 30.0,
    "machine": "far-away boot pid",
    "started": "1",
    "renewed": 3,
}


def build(store, config, out, *options, **more):
    return store.run("build", config, "-o", out, *options, "--executor", "serial", **more)


def put_lease(store, **changes):
    store.system.pipe_file(store.key("out/.build/lock"), json.dumps(LEASE | changes).encode())


def test_a_second_build_is_refused_while_the_first_runs(store, sources):
    put_lease(store)
    text = build(store, sources / "cocosynth.yaml", store.url("out"), code=2)
    said = f"{store.url('out')}: another build is writing to it: process 77 on far-away; its lease"
    assert said in text
    assert "s unless it is renewed: wait, or stop that build" in text
    assert store.tree("out").keys() == {".build/lock"}


def test_an_ended_lease_is_taken_over_with_a_line(store, sources, expected):
    put_lease(store, seconds=1.0)
    time.sleep(2.5)
    text = build(store, sources / "cocosynth.yaml", store.url("out"))
    line = (
        f"note: {store.url('out')}: the lease of process 77 on far-away has ended: it is taken over"
    )
    assert line in text.splitlines()
    assert store.tree("out") == expected


def test_a_build_renews_its_lease_and_stops_when_another_has_taken_over(store, sources):
    seen = set()

    def take_over(number, method, path):
        if path.endswith(".build/lock") and method == "PUT":
            seen.add(number)
        if path.endswith("train/000000000009.png") and method == "PUT":
            put_lease(store)
            return 3.0
        return None

    store.proxy.fault = take_over
    out = store.url("out")
    text = build(store, sources / "cocosynth.yaml", out, code=2, COCOSYNTH_LEASE_SECONDS="2")
    assert f"{out}: another build has taken over; this one stops" in text
    assert "manifest.json" not in store.tree("out")
    kept = json.loads(store.tree("out")[".build/lock"])
    assert kept["owner"] == "another"


def test_what_is_no_lease_is_refused(store, sources):
    store.system.pipe_file(store.key("out/.build/lock"), b"mine")
    text = build(store, sources / "cocosynth.yaml", store.url("out"), code=2)
    assert "not a lease of ours" in text


@pytest.mark.parametrize("value", ["0", "soon"])
def test_a_wrong_setting_is_named(store, sources, value):
    text = build(
        store, sources / "cocosynth.yaml", store.url("out"), code=2, COCOSYNTH_LEASE_SECONDS=value
    )
    assert f"COCOSYNTH_LEASE_SECONDS: must be a number above 0, got {value!r}" in text
