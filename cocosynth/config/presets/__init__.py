"""Presets: a way of composing images, under one name; one file each."""

from __future__ import annotations

from typing import Literal

from cocosynth.config.presets.cut_paste_learn import CUT_PASTE_LEARN
from cocosynth.config.presets.instaboost import INSTABOOST
from cocosynth.config.presets.preset import Preset
from cocosynth.config.presets.realistic import REALISTIC
from cocosynth.config.presets.simple_copy_paste import SIMPLE_COPY_PASTE
from cocosynth.config.presets.tutorial import TUTORIAL

PresetName = Literal["realistic", "cut-paste-learn", "simple-copy-paste", "instaboost", "tutorial"]

PRESETS: dict[PresetName, Preset] = {
    "realistic": REALISTIC,
    "cut-paste-learn": CUT_PASTE_LEARN,
    "simple-copy-paste": SIMPLE_COPY_PASTE,
    "instaboost": INSTABOOST,
    "tutorial": TUTORIAL,
}
