"""What NumPy does as well, without a module that takes long to load."""

import subprocess
import sys

import numpy as np
import pytest

from cocosynth.core.unmasked import distinct, median


def test_each_value_stands_there_once_in_order():
    rng = np.random.default_rng(0)
    for values in (rng.integers(0, 9, 40), rng.integers(0, 4, (30, 2))):
        for axis in (None, 0):
            np.testing.assert_array_equal(distinct(values, axis=axis), np.unique(values, axis=axis))
    assert distinct(np.zeros(0)).size == 0


@pytest.mark.parametrize("count", [1, 2, 7, 8])
def test_the_median_is_that_of_numpy(count):
    values = np.random.default_rng(count).normal(size=count)
    assert median(values) == np.median(values)


def test_nothing_more_is_loaded():
    program = (
        "import sys, numpy as np; from cocosynth.core.unmasked import distinct, median\n"
        "distinct(np.ones((3, 2)), axis=0), distinct(np.ones(3)), median(np.ones(4))\n"
        "print('numpy.ma' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "False\n"
