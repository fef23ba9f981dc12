"""What a class of the user's own gives is checked; what it raises is one line with its name."""

import dataclasses
import re
from multiprocessing.reduction import ForkingPickler

import numpy as np
import pytest

from cocosynth.config.kinds import AUGMENT
from cocosynth.core.errors import CannotBlendError, CocosynthError, TechniqueError
from cocosynth.core.guard import named
from cocosynth.render.blend import BLEND
from cocosynth.render.blend.feather import Feather
from cocosynth.render.harmonize import HARMONIZE
from cocosynth.render.harmonize.surroundings import Surroundings
from cocosynth.render.shadow import SHADOW
from cocosynth.scenes.placement import PLACEMENT

RGBA = np.full((4, 5, 4), 200, np.uint8)
SIZES = {"size": (4, 5), "canvas": (40, 50)}


@dataclasses.dataclass(frozen=True)
class Step:
    """A step that gives what it is told to give."""

    gives: str = "None"

    def sample(self, rng, *, size, canvas):
        return eval(self.gives)


@dataclasses.dataclass(frozen=True)
class Place:
    """Proposes what it is told to."""

    gives: str = "[]"

    def propose(self, rng, candidate, canvas):
        yield from eval(self.gives)


@dataclasses.dataclass(frozen=True)
class Mode:
    """A blend mode that does what it is told to."""

    does: str = "rgba"
    prepared_by = ("does",)

    def prepare(self, rgba):
        return eval(self.does)

    def __call__(self, canvas, foreground):
        canvas[:] = foreground[..., :3] // len(self.does)


@dataclasses.dataclass(frozen=True)
class Chance(Mode):
    """A blend mode that depends on chance."""

    def sample(self, rng):
        return {"level": 7}

    def drawn(self, values):
        return eval(self.does)

    def __call__(self, canvas, foreground):
        raise CannotBlendError("no")


@dataclasses.dataclass(frozen=True)
class Looks:
    """A harmonisation and a shadow that give what they are told to."""

    gives: str = "None"

    def sample(self, rng):
        return {}

    def apply(self, colors, mask, around, values):
        around.frame[:] = 0
        return eval(self.gives)

    def cast(self, mask, values):
        return eval(self.gives)


@dataclasses.dataclass(frozen=True)
class Refuses:
    """Cannot be made."""

    def __post_init__(self):
        raise KeyError("never")

    def sample(self, rng, *, size, canvas): ...


def own(kind, cls, **parameters):
    spec = {f"{__name__}:{cls.__name__}": parameters}
    made = kind.make([spec] if kind.many else spec)
    return made[0] if kind.many or kind.choose else made


def sampled(gives):
    return own(AUGMENT, Step, gives=gives).sample(np.random.default_rng(0), **SIZES)


def proposed(gives):
    return list(own(PLACEMENT, Place, gives=gives).propose(None, None, (40, 50)))


def prepared(does):
    return own(BLEND, Mode, does=does).prepare(RGBA.copy())


def harmonized(gives):
    colors = RGBA[..., :3].copy()
    around = Surroundings(colors, colors)
    answer = own(HARMONIZE, Looks, gives=gives).apply(colors, colors[..., 0] > 0, around, {})
    assert (colors == 200).all()
    return answer


def shaded(gives):
    return own(SHADOW, Looks, gives=gives).cast(RGBA[..., 3] > 0, {})


def blended(does):
    return own(BLEND, Chance, does=does).drawn({"level": 7})


def test_what_is_right_comes_through():
    assert (harmonized("colors // np.uint8(2)") == 100).all()
    assert shaded("(np.ones((2, 3), np.uint8), -1, np.int64(2))")[1:] == (-1, 2)
    blended("lambda canvas, foreground: canvas.fill(9)")(canvas := np.zeros((2, 2)), None)
    assert (canvas == 9).all()
    assert sampled("None") is None
    assert (sampled("np.eye(3)") == np.eye(3)).all()
    assert proposed("[(1, -2), np.array([3, 4])]") == [(1, -2), (3, 4)]
    assert (prepared("rgba // np.uint8([2, 2, 2, 1])") == (100, 100, 100, 200)).all()


WRONG = {
    "a shape": (sampled, "np.eye(2)", "Step: sample must give None or a matrix of 3 x 3 finite"),
    "integers": (sampled, "np.eye(3, dtype=int)", "floats, got int64 of shape (3, 3): [[1 0 0]"),
    "not a number": (sampled, "np.full((3, 3), np.nan)", "got float64 of shape (3, 3): [[nan nan"),
    "a list": (sampled, "[[1, 0, 0], [0, 1, 0], [0, 0, 1]]", "got [[1, 0, 0], [0, 1, 0]"),
    "an error": (sampled, "1 / 0", "Step: sample failed: ZeroDivisionError: division by zero ("),
    "a fraction": (
        proposed,
        "[(1, 2), (1.5, 2)]",
        "propose must give pairs (row, col) of integers",
    ),
    "three": (proposed, "[(1, 2, 3)]", "of integers, got (1, 2, 3)"),
    "no pairs": (proposed, "5", "Place: propose failed: TypeError: 'int' object is not iterable"),
    "a late error": (proposed, "(1 // n for n in [0])", "propose failed: ZeroDivisionError"),
    "a size": (prepared, "rgba[1:]", "prepare must give uint8 of shape (4, 5, 4), got uint8 of"),
    "a type": (prepared, "rgba / 1", "got float64 of shape (4, 5, 4)"),
    "nothing": (prepared, "None", "prepare must give uint8 of shape (4, 5, 4), got None"),
    "an alpha": (prepared, "rgba + np.uint8(1)", "prepare must give the alpha as it was"),
    "colours": (harmonized, "colors[1:]", "Looks: apply must give uint8 of shape (4, 5, 3), got"),
    "no shade": (shaded, "mask", "Looks: cast must give darkness (uint8 of two dimensions), row"),
    "a dark type": (shaded, "(mask, 0, 0)", "cast must give darkness (uint8 of two dimensions)"),
    "no mode": (blended, "5", "Chance: drawn must give a blend mode, got 5"),
    "in place": (prepared, "rgba.__setitem__(..., 9) or rgba", "must give the alpha as it was"),
}


@pytest.mark.parametrize(("ask", "gives", "message"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_one_line_that_names_the_class(ask, gives, message):
    with pytest.raises(TechniqueError, match=re.escape(message)) as caught:
        ask(gives)
    assert str(caught.value).startswith(f"{__name__}:")
    assert "\n" not in str(caught.value)


def test_an_error_names_the_line_and_keeps_its_cause():
    with pytest.raises(TechniqueError, match=r"\(<string>, line 1\)$") as caught:
        sampled("{}['key']")
    assert isinstance(caught.value.__cause__, KeyError)


def test_blending_changes_the_canvas_in_place_or_fails_in_one_line():
    canvas = np.zeros((4, 5, 3), np.uint8)
    own(BLEND, Mode)(canvas, RGBA)
    assert (canvas == 50).all()
    with pytest.raises(TechniqueError, match=r":Mode: __call__ failed: ValueError: could not br"):
        own(BLEND, Mode)(canvas[1:], RGBA)


def test_a_mode_may_say_that_it_has_no_answer():
    with pytest.raises(CannotBlendError, match="^no$"):
        own(BLEND, Chance)(RGBA, RGBA)


def test_a_class_that_cannot_be_made_is_one_line():
    with pytest.raises(CocosynthError, match=r"augment\[0\]\.\w+:Refuses: KeyError: 'never'"):
        own(AUGMENT, Refuses)


def sent(value):
    return ForkingPickler.loads(ForkingPickler.dumps(value))


def test_a_guarded_class_goes_to_workers_with_its_parameters():
    guarded = sent(own(BLEND, Mode, does="rgba.copy()"))
    assert (sent(guarded.prepare)(RGBA) == RGBA).all()
    assert (guarded.does, guarded.prepared_by) == ("rgba.copy()", ("does",))


def test_our_own_techniques_are_used_as_they_are():
    assert type(BLEND.make("feather")[0]) is Feather


def test_what_a_class_was_working_on_is_named():
    wanted = pytest.raises(TechniqueError, match="^image 3 of train: .*:Step: sample failed")
    with wanted, named("image 3 of train"):
        sampled("1 / 0")
