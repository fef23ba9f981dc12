"""A build that is interrupted loses nothing: continued, it ends with the very same bytes."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from small_builds import tree, write_backgrounds, write_config, write_cutouts

from cocosynth.core.locks import locked

pytestmark = pytest.mark.slow  # each starts processes of its own

BIG = {"splits": {"train": 180, "val": 60}, "canvas": {"width": 320, "height": 240}}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    write_cutouts(folder / "cutouts")
    write_backgrounds(folder / "backgrounds")
    write_config(folder, **BIG)
    assert run(folder, "whole").returncode == 0
    return folder


def command(out, *options):
    return [sys.executable, "-m", "cocosynth", "build", "-o", str(out), "--workers", "2", *options]


def run(folder, out, *options):
    return subprocess.run(
        command(out, *options), cwd=folder, capture_output=True, text=True, check=False
    )


def start(folder, out, *options):
    return subprocess.Popen(
        command(out, *options),
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=hear_ctrl_c,
    )


def hear_ctrl_c():
    """Undo what shells do to jobs in the background: they are started deaf to it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_for(condition, what, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.01)


def images_in(out):
    """Count the images on stage: nothing has its place before all are made."""
    return len(list(out.glob(".build/dataset/*/*.png"))) if out.exists() else 0


def children_of(pid):
    """Return the worker processes of a build: what its fork server has started."""
    found, new = set(), {pid}
    while new:
        tasks = [Path(f"/proc/{one}/task/{one}/children") for one in new]
        new = {int(c) for t in tasks if t.exists() for c in t.read_text().split()} - found
        found |= new
    return found


def workers_of(pid):
    """Return the children that the fork server has made; it may carry the line of the command."""
    return [
        one
        for one in children_of(pid)
        if not children_of(one)
        and b"resource_tracker" not in Path(f"/proc/{one}/cmdline").read_bytes()
    ]


def resumed(folder, out):
    """Continue a build, and hold every file against the uninterrupted one."""
    assert [path.name for path in (folder / out).iterdir()] == [".build"], "before its time"
    done = run(folder, out, "--resume")
    assert done.returncode == 0, done.stderr
    assert tree(folder / out) == tree(folder / "whole")


@pytest.mark.parametrize(("blow", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_build_stops_cleanly_says_how_to_go_on_and_does(project, blow, code):
    out = f"interrupted-{code}"
    build = start(project, out)
    wait_for(lambda: images_in(project / out) > 5, "some images")
    build.send_signal(blow)
    _, stderr = build.communicate(timeout=60)
    assert build.returncode == code
    assert "cocosynth: stopped; " in stderr
    assert "--resume" in stderr
    assert "Traceback" not in stderr
    resumed(project, out)


def test_ctrl_c_at_a_terminal_reaches_workers_too_and_they_stay_calm(project):
    build = start(project, "terminal")
    wait_for(lambda: images_in(project / "terminal") > 5, "some images")
    os.killpg(build.pid, signal.SIGINT)
    _, stderr = build.communicate(timeout=60)
    assert build.returncode == 130
    assert "Traceback" not in stderr
    resumed(project, "terminal")


def hears(build):
    """Say whether the command has taken over SIGTERM: Python itself is loaded then."""
    for line in Path(f"/proc/{build.pid}/status").read_text().splitlines():
        if line.startswith("SigCgt:"):
            return bool(int(line.split()[1], 16) >> (signal.SIGTERM - 1) & 1)
    return False


@pytest.mark.parametrize("delay", [0, 0.1, 0.2, 0.35, 0.5, 0.8])
@pytest.mark.parametrize(("blow", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_while_a_build_starts_is_no_traceback(project, blow, code, delay):
    """All processes get it, as from a terminal."""
    build = start(project, f"early-{code}-{delay}")
    wait_for(lambda: hears(build), "the command")
    time.sleep(delay)
    os.killpg(build.pid, blow)
    _, stderr = build.communicate(timeout=60)
    assert build.returncode == code
    assert "Traceback" not in stderr
    assert "Error" not in stderr


@pytest.mark.parametrize("gap", [0, 0.02, 0.1, 0.3])
@pytest.mark.parametrize(
    "blows",
    [(signal.SIGINT, signal.SIGINT), (signal.SIGTERM, signal.SIGTERM)],
    ids=["SIGINT", "SIGTERM"],
)
def test_a_second_signal_gives_the_same_exit_code_and_loses_nothing(project, blows, gap):
    out = f"double-{blows[0]}-{gap}"
    build = start(project, out)
    wait_for(lambda: images_in(project / out) > 5, "some images")
    for blow in blows:
        with suppress(ProcessLookupError):
            os.killpg(build.pid, blow)
        time.sleep(gap)
    _, stderr = build.communicate(timeout=60)
    assert build.returncode == 128 + blows[0]
    assert "Traceback" not in stderr
    assert "leaked" not in stderr
    if gap == 0:
        resumed(project, out)


def test_a_signal_that_the_user_has_turned_off_is_not_heard(project):
    """As `nohup` and shells do for what runs in the background."""
    build = subprocess.Popen(
        command("deaf"),
        cwd=project,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    wait_for(lambda: images_in(project / "deaf") > 5, "some images")
    os.killpg(build.pid, signal.SIGINT)
    assert build.wait(timeout=60) == 0
    assert tree(project / "deaf") == tree(project / "whole")


def helper_of(build, name):
    """Return the process of Python's own that has started nothing, or all the workers."""
    for one in children_of(build.pid):
        if name in Path(f"/proc/{one}/cmdline").read_bytes():
            parent = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()[1]
            if int(parent) == build.pid:
                return one
    return None


def test_a_build_does_not_need_the_resource_tracker_of_python(project):
    build = start(project, "tracker")
    wait_for(lambda: images_in(project / "tracker") > 5, "some images")
    os.kill(helper_of(build, b"resource_tracker"), signal.SIGKILL)
    _, stderr = build.communicate(timeout=60)
    assert build.returncode == 0
    assert "Traceback" not in stderr
    assert "resource_tracker" not in stderr
    assert tree(project / "tracker") == tree(project / "whole")


def test_a_killed_fork_server_is_one_line_or_no_matter(project):
    """Its workers go on; where more are wanted at once, they cannot be started."""
    build = start(project, "server")
    wait_for(lambda: helper_of(build, b"cocosynth"), "the fork server")
    os.kill(helper_of(build, b"cocosynth"), signal.SIGKILL)
    _, stderr = build.communicate(timeout=60)
    assert "Traceback" not in stderr
    assert "Aborted" not in stderr
    assert build.returncode in (0, 2)
    if build.returncode:
        assert "worker processes cannot be started" in stderr
        assert run(project, "server", "--resume").returncode == 0
    assert tree(project / "server") == tree(project / "whole")


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("limit", [200, 400, 450, 500])
def test_a_limit_of_memory_is_one_line_and_never_hangs(project, tmp_path, limit, workers):
    """Even where the user asks for many threads, which OpenBLAS would wait for."""

    def limited():
        resource.setrlimit(resource.RLIMIT_AS, (limit << 20, limit << 20))

    done = subprocess.run(
        [sys.executable, "-m", "cocosynth", "build", "-o", tmp_path / "out"]
        + ["--workers", str(workers)],
        cwd=project,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "64", "OMP_NUM_THREADS": "64"},
        preexec_fn=limited,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    if done.returncode == 0:
        return
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert f"memory is limited to {limit} MiB by `ulimit -v`" in done.stderr


@pytest.mark.parametrize(
    "moment",
    ["at once", "images", pytest.param("many images", marks=pytest.mark.slow)],
)
def test_a_killed_build_goes_on_where_it_was(project, moment):
    out = f"killed-{moment.replace(' ', '-')}"
    build = start(project, out)
    wanted = {"at once": 0, "images": 20, "many images": 120}[moment]
    ready = project / out / ".build/fingerprint.json"
    wait_for(lambda: ready.exists() and images_in(project / out) >= wanted, "its moment")
    build.kill()
    build.communicate(timeout=60)
    resumed(project, out)


def test_workers_do_not_outlive_a_killed_build(project):
    build = start(project, "orphans")
    wait_for(lambda: images_in(project / "orphans") > 5, "some images")
    workers = workers_of(build.pid)
    assert len(workers) >= 2
    build.kill()
    build.communicate(timeout=60)
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers), "workers gone", 20)


def test_a_killed_worker_is_one_clear_line_and_nothing_is_lost(project):
    build = start(project, "worker")
    wait_for(lambda: images_in(project / "worker") > 5, "some images")
    for worker in workers_of(build.pid):
        os.kill(worker, signal.SIGKILL)
    _, stderr = build.communicate(timeout=60)
    assert build.returncode == 2
    assert "a worker process died of SIGKILL at image" in stderr
    assert "--resume" in stderr
    assert "Traceback" not in stderr
    resumed(project, "worker")


def test_a_full_disk_is_one_clear_line_and_the_build_goes_on_once_there_is_room(project, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(mount, check=False).returncode:
        pytest.skip("this user may not mount a small disk")
    try:
        full = run(project, disk / "out")
        assert full.returncode == 2
        assert "No space left on device" in full.stderr
        assert "--resume" in full.stderr
        assert "Traceback" not in full.stderr
        subprocess.run(["mount", "-o", "remount,size=200m", str(disk)], check=True)
        done = run(project, disk / "out", "--resume")
        assert done.returncode == 0, done.stderr
        assert tree(disk / "out") == tree(project / "whole")
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.fixture
def unfinished(project, tmp_path):
    for folder in ("cutouts", "backgrounds"):
        shutil.copytree(project / folder, tmp_path / folder)
    write_config(tmp_path, **BIG)
    build = start(tmp_path, "out")
    wait_for(lambda: images_in(tmp_path / "out") > 5, "some images")
    build.kill()
    build.communicate(timeout=60)
    return tmp_path


def test_what_has_changed_is_named_and_the_build_refused(unfinished):
    folder = unfinished
    before = tree(folder / "out")

    def refused(*words):
        done = run(folder, "out", "--resume")
        assert done.returncode == 2
        for word in (*words, "--overwrite"):
            assert word in done.stderr

    write_config(folder, **(BIG | {"seed": 4}))
    refused("seed was 3 and is 4 now")
    write_config(folder, **(BIG | {"limits": {"min_area": 65}}))
    refused("limits.min_area was 64 and is 65 now")
    write_config(folder, **BIG)
    os.utime(folder / "backgrounds/0.png", (0, 0))
    refused("the source backgrounds has changed")
    assert tree(folder / "out") == before


def test_without_a_word_an_unfinished_build_is_left_alone(unfinished):
    done = run(unfinished, "out")
    assert done.returncode == 2
    assert "--resume continues it" in done.stderr
    assert run(unfinished, "out", "--overwrite").returncode == 0
    assert not (unfinished / "out/.build").exists()


def test_resume_of_nothing_begins_and_of_a_finished_dataset_is_refused(project):
    assert run(project, "fresh", "--resume").returncode == 0
    assert tree(project / "fresh") == tree(project / "whole")
    again = run(project, "fresh", "--resume")
    assert again.returncode == 2
    assert "holds a dataset" in again.stderr


def test_two_builds_into_one_folder_are_refused(unfinished):
    lock = unfinished / "out/.build/lock"
    with locked(lock, busy="this test holds it", note=print):
        for option in ("--resume", "--overwrite"):
            second = run(unfinished, "out", option)
            assert second.returncode == 2
            assert "another build is writing to it" in second.stderr
    assert run(unfinished, "out", "--resume").returncode == 0
