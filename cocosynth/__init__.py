"""Make synthetic COCO datasets by image composition.

Read the *sources*, cut out the *foregrounds*, decide each *scene* from (seed, split, index), give
its pixels to *labels*, *render* what was decided, *export* it, *check* the result. The folders are
the words of that sentence; each imports from those below it only:

    cli/                           arguments, progress, messages, exit codes: the only printing
    tune/                          a page that shows scenes as the configuration changes
    torch/                         scenes rendered while a network trains on them
    pipeline/                      the story of a build; shards, staging, replay
    check/  datasets/  config/     any COCO dataset; finished datasets; the sum of all options
    export/  scenes/  render/      one file a format; every random choice; colours
    labels/  foregrounds/          who owns which pixel; instances, cut out and warped
    sources/                       what the configuration names
    coco/                          the format
    core/                          values, errors, files, randomness, executors

Deciding is random and looks at shapes, never at colours; rendering is pure; only the edges know
files and processes. So a label cannot depend on a colour, an image can be made again alone and in
any process, and a new technique is one file in the folder of its kind and one line in its table.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cocosynth.check.validate.validate import validate
    from cocosynth.config.file import load_config
    from cocosynth.pipeline.build import build
    from cocosynth.pipeline.dataset import Compositor
    from cocosynth.pipeline.extract import extract

__all__ = ["Compositor", "build", "extract", "load_config", "validate"]
__version__ = "0.1.0"

_HOMES = {  # imported when they are asked for: the command line must start fast
    "Compositor": "cocosynth.pipeline.dataset",
    "build": "cocosynth.pipeline.build",
    "extract": "cocosynth.pipeline.extract",
    "load_config": "cocosynth.config.file",
    "validate": "cocosynth.check.validate",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
