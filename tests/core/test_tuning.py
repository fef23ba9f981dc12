"""A process that is given to images keeps the memory of the last one for the next."""

import subprocess
import sys

import pytest

_LARGE = """
import resource
import numpy as np
from cocosynth.core.executors.tuning import tune

tune()
np.ones(40 << 20, np.uint8)  # as a photograph of 13 megapixels; taken and given back
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(5):
    np.ones(40 << 20, np.uint8)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="of glibc's allocator")
def test_what_is_as_large_as_a_photograph_of_a_phone_is_not_taken_anew_page_by_page():
    done = subprocess.run(
        [sys.executable, "-c", _LARGE], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 1000  # pages; each time all of them would be 10,000
