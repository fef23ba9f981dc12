"""Make synthetic COCO datasets by image composition.

Read the *sources*, cut out the *foregrounds*, decide each *scene* from (seed, split, index), give
its pixels to *labels*, *render* what was decided, *export* it, *check* the result. The folders are
the words of that sentence; each imports from those below it only:

    cli/                           arguments, progress, messages, exit codes: the only printing
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

__version__ = "0.1.0"
