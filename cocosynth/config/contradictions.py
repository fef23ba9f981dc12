"""Keys of the configuration that do not go together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocosynth.scenes.sampling.options import MOST, Objects

if TYPE_CHECKING:
    from cocosynth.config.config import Config


def refuse_too_many(config: Config) -> None:
    """Refuse more objects and distractors in an image than a scene can hold.

    Raises
    ------
    ValueError
    """
    objects = config.objects_per_image
    if config.distractors is None or isinstance(objects, Objects):
        return
    high = objects[1] if isinstance(objects, tuple) else objects
    most = high + config.distractors.per_image[1]
    if most > MOST:
        raise ValueError(
            f"objects_per_image and distractors.per_image: together at most {MOST} may "
            f"be pasted into an image, got {most}"
        )


def refuse_two_goals(config: Config) -> None:
    """Refuse goals that contradict each other.

    Raises
    ------
    ValueError
    """
    if config.balance is not None and config.category_weights:
        raise ValueError("category_weights and balance: give one; balance has weights, too")
    for split in config.counted_files():
        if split not in config.splits:
            known = ", ".join(config.splits)
            raise ValueError(f"balance.counting: no split {split!r}; there are {known}")
    keys = ("balance", "instance_weights", "sizes", "occlusion")
    named = [key for key in keys if getattr(config, key) is not None]
    if config.sampling == "one_photo" and named:
        raise ValueError(
            f"{named[0]}: not with `sampling: one_photo`, which takes what a photograph shows"
        )
