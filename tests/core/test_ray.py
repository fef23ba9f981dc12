"""What can be said of a cluster without one, and of what workers send back."""

import importlib.util
import socket

import numpy as np
import pytest

from cocosynth.core.errors import CocosynthError, StoppedError
from cocosynth.core.executors import make_executor, ray_worker
from cocosynth.core.executors.answers import answer, opened, packed, unpacked
from cocosynth.core.executors.ray_cluster import refuse_unreachable
from cocosynth.core.files import is_there


@pytest.mark.parametrize("address", ["", "here", "ray://x:10001", "127.0.0.1", ":6379", "x:y"])
def test_an_address_of_no_cluster_is_refused_with_its_form(address):
    with pytest.raises(CocosynthError, match=r"must be `auto` or HOST:PORT.* on a node"):
        refuse_unreachable(address)


def test_an_address_where_nothing_answers_is_refused_at_once():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # and nothing listens
        address = f"127.0.0.1:{held.getsockname()[1]}"
        with pytest.raises(CocosynthError, match=f"--ray-address {address}: nothing answers"):
            refuse_unreachable(address)


def test_an_address_is_for_a_cluster_only():
    with pytest.raises(CocosynthError, match="--ray-address: add --executor ray, or remove it"):
        make_executor("processes", 2, address="auto")


@pytest.mark.skipif(importlib.util.find_spec("ray") is not None, reason="Ray is installed")
def test_without_ray_its_install_is_named():
    with pytest.raises(CocosynthError, match=r'run `pip install "cocosynth\[ray\]"`'):
        make_executor("ray")


def test_arrays_travel_beside_a_task_and_are_not_copied():
    array = np.arange(1000.0)
    content, buffers = packed({"table": array})
    assert len(content) < 500
    shared = np.frombuffer(buffers[0], np.uint8)
    table = unpacked(content, [shared])["table"]
    np.testing.assert_array_equal(table, array)
    assert np.shares_memory(table, shared)
    assert not table.flags.writeable


def fail():
    raise ValueError("two is not to be had")


def test_an_error_of_a_worker_names_its_item_and_keeps_its_traceback():
    with pytest.raises(ValueError, match="two is not to be had") as caught:
        opened(answer(fail), "image 3 of train")
    told = str(caught.value.__cause__)
    assert told.startswith("in a worker, at image 3 of train:\n")
    assert 'in fail\n    raise ValueError("two is not to be had")' in told


def test_a_folder_that_is_another_one_on_a_node_is_refused(tmp_path):
    mark = tmp_path / ".0.partial"
    with pytest.raises(StoppedError, match="is not the folder of the parent: all nodes must see"):
        ray_worker._refuse_other_folders([str(mark)], is_there)
    mark.write_bytes(b"")
    ray_worker._refuse_other_folders([str(mark)], is_there)
