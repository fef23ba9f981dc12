"""Values that stand in a scene are those that a tone can draw, or they are refused."""

import numpy as np
import pytest
from every_tone import tone
from hypothesis import given
from hypothesis import strategies as st

from cocosynth.render.tones import TONES
from cocosynth.render.tones.recorded import check_values

names = pytest.mark.parametrize("name", sorted(TONES))


@names
@given(seed=st.integers(0, 2**32 - 1))
def test_what_a_tone_draws_is_accepted(name, seed):
    made = tone(name, p=1.0)
    check_values(made, made.sample(np.random.default_rng(seed)))


@names
def test_what_no_tone_draws_is_refused(name):
    made = tone(name, p=1.0)
    values = made.sample(np.random.default_rng(0))
    with pytest.raises(ValueError, match="its values must be"):
        check_values(made, values | {"more": 1})
    for key in values:
        with pytest.raises(ValueError, match="its values must be"):
            check_values(made, {k: v for k, v in values.items() if k != key})
        for wrong in (None, [], "x", True, 1e9, -1e9, 2**40, 0.5 if key == "seed" else []):
            with pytest.raises(ValueError, match=r"\S"):
                check_values(made, values | {key: wrong})
