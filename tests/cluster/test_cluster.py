"""A build on a cluster has the bytes of one in one process, whatever is killed meanwhile."""

import json
import os
import shutil
import signal
import subprocess
import time

import pytest
from projects import said_by
from small_builds import tree


def test_a_killed_worker_and_a_killed_node_change_no_byte(cluster, project, tmp_path):
    cluster.start(nodes=2)
    log = tmp_path / "log.json"
    build = project.on(cluster, "killed", "--log", str(log))
    project.wait_for_shards(build, "killed", 3)
    worker = wait_for(cluster.workers)[0]
    os.kill(worker, signal.SIGKILL)
    project.wait_for_shards(build, "killed", 6)
    wait_for(lambda: cluster.workers(2))
    cluster.kill_node(2)
    pause(cluster.workers(1), 8)  # or the build may end before the cluster misses the node
    said = said_by(build)
    assert tree(project.folder / "killed") == project.wanted
    assert "note: ray: uses the cluster at" in said
    assert "3 nodes, 2 CPUs" in said
    assert "note: ray: a worker is lost: image " in said
    assert "is lost; 2 nodes, 1 CPU left" in said
    assert json.loads(log.read_text())["done_again"] >= 1


def pause(processes, seconds):
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    time.sleep(seconds)
    for process in processes:
        os.kill(process, signal.SIGCONT)


def test_a_lost_head_stops_the_build_which_another_cluster_continues(cluster, project):
    cluster.start(nodes=1)
    build = project.on(cluster, "resumed")
    project.wait_for_shards(build, "resumed", 3)
    cluster.kill_all()
    said = said_by(build, code=2)
    assert "stopped; what is done is kept in resumed: add --resume to go on" in said
    assert "cocosynth: error: ray: the " in said
    assert "start it again" in said
    cluster.start(nodes=1)
    said_by(project.on(cluster, "resumed", "--resume"))
    assert tree(project.folder / "resumed") == project.wanted


def test_ctrl_c_leaves_a_build_to_resume_and_no_worker(cluster, project):
    cluster.start(nodes=1)
    build = project.on(cluster, "stopped")
    project.wait_for_shards(build, "stopped", 3)
    build.send_signal(signal.SIGINT)
    said = said_by(build, code=130)
    assert "add --resume to go on" in said
    assert not cluster.workers()
    shards = project.shards("stopped")
    time.sleep(2)
    assert project.shards("stopped") == shards
    said_by(project.on(cluster, "stopped", "--resume"))
    assert tree(project.folder / "stopped") == project.wanted


def hidden(folder):
    """Return a command that starts another where a folder is empty; None where that is refused."""
    empty = ["unshare", "-m", "sh", "-c", f'mount -t tmpfs none "{folder}" && exec "$@"', "sh"]
    if shutil.which("unshare") is None:
        return None
    tried = subprocess.run([*empty, "true"], capture_output=True, check=False)
    return None if tried.returncode else empty


@pytest.mark.parametrize(("name", "what"), [("backgrounds", "0.png"), (".", "not the folder")])
def test_a_node_that_cannot_see_a_folder_names_it_and_itself(cluster, project, name, what):
    without = hidden(project.folder / name)
    if without is None:
        pytest.skip("this system lets nobody hide a folder: `unshare -m` is refused")
    cluster.start_head()
    cluster.start_node(1, within=without)
    said = said_by(project.on(cluster, f"unseen{len(name)}"), code=2)
    error = said.strip().splitlines()[-1]
    assert error.startswith("cocosynth: error: ")
    assert what in error
    assert "node " in error


def test_nodes_that_share_nothing_but_a_store_give_the_same_bytes(cluster, s3_project):
    project = s3_project
    cluster.environment |= project.environment
    within = hidden(project.folder) or ()
    cluster.start_head()
    for number in (1, 2):
        cache = str(cluster.folder / f"cache{number}")
        cluster.start_node(number, within=within, COCOSYNTH_CACHE=cache)
    out = project.url("out")
    build = project.on(cluster, out)
    project.wait_for_shards(build, out, 5)
    cluster.kill_node(2)
    project.wait_for_shards(build, out, 8)
    cluster.kill_all()
    assert "add --resume to go on" in said_by(build, code=2)
    cluster.start_head()
    cluster.start_node(3, within=within, COCOSYNTH_CACHE=str(cluster.folder / "cache3"))
    said_by(project.on(cluster, out, "--resume"))
    assert project.tree("out") == project.wanted


def wait_for(find):
    end = time.monotonic() + 60
    while not (found := find()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return found
