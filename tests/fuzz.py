"""Random damage to everything that is read, for as long as you like: `make fuzz SECONDS=600`.

Each round draws from its own seed, changes a good input, and reads it. Whatever comes of that, it
has to be a result or a `CocosynthError` of one line. Else the input is kept, and seed and path are
told; `python tests/fuzz.py --seed N` does that one round again.

The inputs are COCO files, configurations, pictures and the metadata in them, the scenes and the
manifest of a dataset, and banks. Bytes are damaged; of JSON, single values become hostile ones.
"""

import argparse
import copy
import csv
import hashlib
import io
import json
import os
import shutil
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path

import cv2
import numpy as np
import tifffile
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from small_builds import built, write_annotated

from cocosynth.check.stats import read_columns
from cocosynth.check.validate import validate
from cocosynth.coco.layout import Layout
from cocosynth.coco.masks import decode
from cocosynth.coco.records import licenses_of, read_dataset, segmentation_of
from cocosynth.config.file import dump_config, load_config
from cocosynth.core import image_formats
from cocosynth.core.errors import CocosynthError
from cocosynth.core.image_header import image_header
from cocosynth.core.images import read_image, read_rgba
from cocosynth.core.resources import resource
from cocosynth.core.spread import spread_of
from cocosynth.core.values import Reading
from cocosynth.datasets.credits import as_csv, as_markdown, credit_rows
from cocosynth.datasets.merge.merge import merge
from cocosynth.datasets.snippets import SNIPPETS, read_built
from cocosynth.datasets.split.split import parse_parts, partition
from cocosynth.export.manifest import read_manifest
from cocosynth.export.scenes import read_scenes
from cocosynth.foregrounds.cut_batch import DIGEST
from cocosynth.pipeline.build import build
from cocosynth.pipeline.extract import extract
from cocosynth.pipeline.replay import replay

KINDS = (
    *("reader", "config", "picture", "mask", "scenes", "manifest"),
    *("metadata", "dataset", "bank"),
)
SIZE = (30, 40)
POLYGON = [5, 5, 30, 5.5, 30, 20, 5, 20]
DATASET = {
    "images": [{"id": 1, "file_name": "1.png", "width": 40, "height": 30, "license": 1}],
    "annotations": [
        {"id": i, "image_id": 1, "category_id": 1, "bbox": [5, 5, 9, 9], "area": 81, "iscrowd": 0}
        | {"segmentation": segmentation}
        for i, segmentation in enumerate(
            (
                [POLYGON, POLYGON],
                {"size": [30, 40], "counts": [100, 20, 10, 1070]},
                {"size": [30, 40], "counts": "T34PO0000[P1"},
            )
        )
    ],
    "categories": [{"id": 1, "name": "dog", "supercategory": "animal"}],
    "licenses": [{"id": 1, "name": "CC BY 4.0", "url": "http://x"}],
}
SCENE = {
    "image_id": 1,
    "file_name": "000000000001.png",
    "size": [30, 40],
    "background": {"dataset": "backgrounds", "file_name": "1.png", "crop": [0, 0, 30, 40]},
    "background_annotations": [
        {"annotation_id": 1, "source_annotation_id": 7, "visibility": 0.5},
    ],
    "placements": [
        {"annotation_id": 2, "dataset": "cutouts", "file_name": "dog/1.png"}
        | {"matrix": [[1.0, 0.0, 3.5], [0.0, 1.0, 2.0], [0.0, 0.0, 1.0]], "visibility": 1.0}
    ],
}
MANIFEST = {
    "generator": {"name": "cocosynth", "version": "1", "python": "3", "libraries": {"numpy": "2"}},
    "seed": 3,
    "splits": {"train": {"images": 1, "annotations": 2, "categories": {"dog": 2}}},
    "sources_shared_between_splits": False,
    "coco_files": {"a.json": "0"},
    "skipped": [{"source": "images", "reason": "image file is missing", "count": 2}],
    "photographs": [
        {"dataset": "backgrounds", "file_name": "1.png", "image_id": None, "sha256": "0"}
        | {"license": {"code": "x", "name": "X", "url": ""}, "attribution": ""}
        | {"url": "http://x", "images": {"train": 1}}
    ],
    "products": ["annotations/", "data.yaml", "scenes/"],
}
TOKENS = (
    *(b"null", b"NaN", b"-1", b"1e999", b"1e-3", b"[", b"]", b"{", b"}", b'"', b":", b",", b"\\u"),
    *(b"- ", b"\n", b"  ", b"&a ", b"*a", b"!!python/name:x", b"<<: ", b"? ", b"|", b"---\n"),
    *(b"\x00", b"\xff", b"\xd8", b"99999999999999999999", b"true", b"[[[[[[[[", b"0x", b"..", b"/"),
)


def damaged(content, rng):
    """Return bytes with some changed, cut out, doubled, or replaced by what means something."""
    content = bytearray(content)
    for _ in range(int(rng.integers(1, 9))):
        at = int(rng.integers(0, len(content) + 1))
        length = int(rng.choice((1, 1, 2, 4, 16, 200)))
        what = rng.integers(6)
        if what == 0:
            content[at : at + length] = rng.integers(0, 256, length, dtype=np.uint8).tobytes()
        elif what == 1:
            del content[at : at + length]
        elif what == 2:
            content[at:at] = content[at : at + length] * int(rng.integers(1, 20))
        elif what == 3 and at < len(content):
            content[at] ^= 1 << int(rng.integers(8))
        else:
            content[at : at + int(rng.integers(0, 4))] = TOKENS[int(rng.integers(len(TOKENS)))]
    return bytes(content[: int(rng.integers(len(content) + 1))] if rng.random() < 0.1 else content)


HOSTILE = (
    *(None, True, -1, 0, 1.5, 1e-300, 1e308, 60000, 2**31, 2**53, -(2**63), 10**400),
    *("", "x", "../x", "/etc/passwd", "..", "a/b", "x\0y", "a\n|b\r", "\x1b[2J", "\u202e"),
    "x" * 5000,
    *("=1+1", "@x", "\t+1", "<script>", "javascript:alert(1)", "http://x|y <z>", "`*_[]()$\\{{}}"),
    *([], {}, [[]], {"a": {"b": []}}, [1e9, -1e9], [0, 0, 10**9, 10**9], [{}]),
)


def replaced(content, rng):
    """Return JSON with a few values replaced, removed, doubled, or put under another key."""
    content = json.loads(content)
    for _ in range(int(rng.integers(1, 4))):
        places = [place for place in _places(content) if len(place[0])]
        if not places:
            break
        where, key = places[int(rng.integers(len(places)))]
        what = rng.integers(8)
        if what == 0:
            del where[key]
        elif what == 1 and isinstance(where, list):
            where.extend(where[key : key + 1] * int(rng.integers(1, 30)))
        elif what == 1:
            where[str(_hostile(rng))] = where[key]
        elif what == 2:
            other, name = places[int(rng.integers(len(places)))]
            where[key] = copy.deepcopy(other[name])
        else:
            where[key] = _hostile(rng)
    return json.dumps(content).encode()


def _hostile(rng):
    return copy.deepcopy(HOSTILE[int(rng.integers(len(HOSTILE)))])


def _places(content):
    """Yield every place in JSON: what holds a value, and its key."""
    keys = content if isinstance(content, dict) else range(len(content))
    for key in list(keys):
        yield content, key
        if isinstance(content[key], (dict, list)):
            yield from _places(content[key])


def changed(content, rng):
    """Damage the bytes of JSON, or what stands in it."""
    return replaced(content, rng) if rng.random() < 0.6 else damaged(content, rng)


def tried(*reads):
    """Read in several ways; each may refuse, in one line."""
    for read in reads:
        try:
            read()
        except CocosynthError as error:
            if "\n" in str(error):
                raise


def read_all(path):
    out = path.with_suffix(".out")
    tried(
        lambda: _read_records(path),
        lambda: validate(path, level="pixels"),
        lambda: read_columns(path),
        lambda: merge([path], out, images=[path.parent]),
        lambda: partition(path, {"a": out}, parse_parts("a=1")),
    )
    out.unlink(missing_ok=True)


def _read_records(path):
    dataset = read_dataset(str(path))
    licenses_of(dataset)
    for annotation in dataset.annotations:
        try:
            decode(segmentation_of(annotation), SIZE)
        except CocosynthError:
            continue


def mask(path):
    decode(json.loads(path.read_bytes().decode("latin-1")), SIZE)


def segmentation(rng):
    """Draw a segmentation that is nearly one."""
    kind = rng.integers(4)
    if kind == 0:
        return {"size": list(SIZE), "counts": "".join(map(chr, rng.integers(40, 120, 12)))}
    if kind == 1:
        runs = rng.integers(-3, 300, int(rng.integers(0, 12)))
        return {"size": list(SIZE), "counts": [*runs.tolist(), 1200 - int(runs.sum())]}
    scale = float(10.0 ** rng.integers(0, 9))
    points = (rng.normal(20, 10, int(rng.integers(0, 20))) * rng.choice((1, 1, 1, scale))).tolist()
    return [points] * int(rng.integers(1, 4)) if kind == 2 else [[points]]


def configuration(path):
    config = load_config(path)
    path.write_bytes(dump_config(config))
    load_config(path)


def picture(path):
    for read in (
        image_header,
        read_rgba,
        lambda path: read_image(path, upright=False),
        lambda path: read_image(path, upright=True, reading=Reading((100, 3000), (1, 2, 1))),
        lambda path: read_rgba(path, Reading((0.5, 7))),
        lambda path: spread_of(path, None),
    ):
        try:
            read(path)
        except CocosynthError:
            continue


def metadata(rng, folder):
    """Return a good picture with damaged metadata: the decoders look at all of it."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010E], exif[0x8298] = 6, "a picture" * 9, "(c) A"
    exif.get_ifd(0x8769)[0x9003] = "2020:01:01 00:00:00"
    texts = PngInfo()
    credit = damaged(b"A. B." * 9, rng).decode("latin-1")
    texts.add_text("Copyright", credit, zip=bool(rng.integers(2)))
    texts.add_itxt("XML:com.adobe.xmp", damaged(b"<x:xmpmeta>" * 9, rng).decode("latin-1"))
    image = Image.fromarray(rng.integers(0, 256, (*SIZE, 3), dtype=np.uint8))
    suffix = ("jpg", "png", "webp", "tif")[int(rng.integers(4))]
    profile = damaged(b"\0\0\1\0lcms\4@\0\0mntrRGB XYZ " * 9, rng)
    options = {"exif": b"Exif\0\0" + damaged(exif.tobytes()[6:], rng), "icc_profile": profile}
    more = {"pnginfo": texts} if suffix == "png" else {"xmp": damaged(b"<x:xmpmeta>" * 9, rng)}
    options = {key: value for key, value in (options | more).items() if rng.random() < 0.7}
    if suffix == "tif":  # Pillow reads what it is to write there
        options = {"icc_profile": profile}
    try:
        image.save(folder / f"x.{suffix}", **options)
    except Exception:  # Pillow refuses to write it
        image.save(folder / f"x.{suffix}")
    content = (folder / f"x.{suffix}").read_bytes()
    head = int(len(content) * 0.3)
    return damaged(content[:head], rng) + content[head:] if rng.random() < 0.5 else content


class Projects:
    """A project with a dataset and a bank, to be damaged and put right again."""

    def __init__(self, folder):
        self.folder = folder / "project"
        write_annotated(
            *(self.folder / "photos", [(20, 10, 90, 80)]), count=2, keypoints=[30, 30, 2, 50, 60, 1]
        )
        path = self.folder / "photos/instances.json"
        content = json.loads(path.read_bytes())
        content["categories"][0]["keypoints"] = ["left_end", "right_end"]
        path.write_text(json.dumps(content))
        photos = {"coco": "photos/instances.json", "images": "photos/images"}
        steps = [{"flip": {}}, {"perspective": {}}, {"brightness": {}}, {"motion_blur": {}}]
        self.out, _ = built(
            self.folder,
            splits={"train": 3},
            foregrounds=[photos, {"folder": "cutouts"}],
            backgrounds=[photos | {"annotations": "keep"}, {"folder": "backgrounds"}],
            augment=steps,
            finish=[{"noise": {}}, {"blur": {}}, {"jpeg": {}}],
            blend={"choose": {"paste": 1, "gaussian": 1}},
        )
        self.config = load_config(self.folder / "cocosynth.yaml")
        extract(self.config, self.folder / "bank", folder=self.folder)

    def dataset(self, rng):
        """Damage the scenes and the manifest, and use the dataset."""
        layout = Layout(self.out)
        scenes, manifest = layout.scenes("train"), layout.manifest
        before = {path: path.read_bytes() for path in (scenes, manifest)}
        try:
            if rng.random() < 0.6:
                lines = before[scenes].splitlines()
                chosen = int(rng.integers(len(lines)))
                lines[chosen] = changed(lines[chosen], rng)
                scenes.write_bytes(b"\n".join(lines) + b"\n")
            else:
                manifest.write_bytes(changed(before[manifest], rng))
            tried(
                *(lambda i=i: self._replay(i) for i in (1, 2, 3)),
                lambda: read_columns(layout.annotations("train")),
                lambda: self._credits(),
                lambda: [snippet(read_built(self.out)) for snippet in SNIPPETS.values()],
            )
        finally:
            for path, content in before.items():
                path.write_bytes(content)

    def _replay(self, image_id):
        name, _ = replay(self.out, self.folder, split="train", image_id=image_id)
        assert Path(name).name == name

    def _credits(self):
        rows = credit_rows(self.out)
        for row in csv.reader(io.StringIO(as_csv(rows), newline="")):
            assert len(row) == 6
            assert not any(cell.lstrip()[:1] in tuple("=+-@") for cell in row), row
        page = as_markdown(rows)
        assert len(page.splitlines()) == len(rows) + 6
        assert "<" not in page.replace("](<http", "")

    def bank(self, rng):
        """Damage a file of the bank, and build with it."""
        files = sorted(path for path in (self.folder / "bank").iterdir() if path.is_file())
        path = files[int(rng.integers(len(files)))]
        before = path.read_bytes()
        out = self.folder / "from_bank"
        try:
            content = (changed if path.suffix == ".json" else damaged)(before, rng)
            if path.suffix == ".msgpack" and rng.random() < 0.8:  # with a checksum that fits
                content = damaged(before[:-DIGEST], rng)
                content += hashlib.sha256(content).digest()
            path.write_bytes(content)
            tried(lambda: build(self.config, out, folder=self.folder, bank=self.folder / "bank"))
        finally:
            path.write_bytes(before)
            shutil.rmtree(out, ignore_errors=True)


def pictures(folder):
    """Yield good picture files of every format."""
    rng = np.random.default_rng(0)
    image = Image.fromarray(rng.integers(0, 256, (*SIZE, 3), dtype=np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6
    for suffix, mode in (
        *(("jpg", "RGB"), ("jpg", "L"), ("jpg", "CMYK"), ("png", "RGB"), ("png", "P")),
        *(("png", "I;16"), ("gif", "P"), ("bmp", "RGB"), ("webp", "RGBA"), ("tif", "RGB")),
        *(("tif", "F"), ("ppm", "RGB"), ("png", "RGBA")),
    ):
        path = folder / f"x.{suffix}"
        made = image.convert("I").convert(mode) if mode == "I;16" else image.convert(mode)
        made.save(path, **({"exif": exif} if suffix in ("jpg", "png", "tif", "webp") else {}))
        yield path.read_bytes()
    values = rng.integers(0, 4096, (*SIZE, 5), dtype=np.uint16)
    yield cv2.imencode(".png", values[..., :4])[1].tobytes()
    for options in (
        *({}, {"tile": (16, 16)}, {"planarconfig": "separate"}, {"compression": "zlib"}),
        {"compression": "zlib", "predictor": True, "byteorder": ">"},
    ):
        pixels = np.moveaxis(values, 2, 0) if "planarconfig" in options else values
        options.setdefault("planarconfig", "contig")
        tifffile.imwrite(folder / "x.tif", pixels, photometric="minisblack", **options)
        yield (folder / "x.tif").read_bytes()
    for suffix in sorted({".avif", ".jp2"} & image_formats.suffixes()):
        image.save(folder / f"x{suffix}")
        yield (folder / f"x{suffix}").read_bytes()


def targets(folder):
    """Return the good inputs, and what reads each kind of them."""
    sample = resource("sample_data/cocosynth.yaml").read_bytes()
    documented = Path(__file__).parent / "bad_input" / "good.yaml"
    return {
        "reader": (
            [json.dumps(DATASET).encode(), json.dumps(DATASET, indent=1).encode()],
            read_all,
        ),
        "config": ([sample, documented.read_bytes()], configuration),
        "picture": (list(pictures(folder)), picture),
        "projects": Projects(folder),
        "scenes": ([json.dumps(SCENE).encode() + b"\n"] * 2, lambda path: list(read_scenes(path))),
        "manifest": ([json.dumps(MANIFEST).encode()], read_manifest),
    }


def attempt(seed, folder, known):
    """Do the round of a seed; return what went wrong, if anything did."""
    rng = np.random.default_rng(seed)
    kind = KINDS[int(rng.integers(len(KINDS)))]
    path = folder / f"{kind}-{seed}"
    if kind == "mask":
        path.write_text(json.dumps(segmentation(rng)))
        read = mask
    elif kind == "metadata":
        path.write_bytes(metadata(rng, folder))
        read = picture
    elif kind in ("dataset", "bank"):

        def read(path):
            getattr(known["projects"], kind)(rng)

    else:
        goods, read = known[kind]
        change = damaged if kind in ("config", "picture") else changed
        path.write_bytes(change(goods[int(rng.integers(len(goods)))], rng))
    start = time.monotonic()
    try:
        read(path)
    except CocosynthError as error:
        if "\n" in str(error):
            return f"seed {seed}: {path}: a message of several lines: {error!r}"
    except Exception:
        return f"seed {seed}: {path}:\n{traceback.format_exc()}"
    if time.monotonic() - start > 20:
        return f"seed {seed}: {path}: took {time.monotonic() - start:.0f} s"
    path.unlink(missing_ok=True)
    return None


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, help="do this one round only")
    parser.add_argument("--first", type=int, default=time.time_ns() % 2**32, help="first seed")
    options = parser.parse_args(arguments)
    warnings.simplefilter("error")
    folder = Path(tempfile.mkdtemp(prefix="cocosynth-fuzz-"))
    known = targets(folder)
    seed = options.first if options.seed is None else options.seed
    end = time.monotonic() + options.seconds
    rounds = 0
    while rounds == 0 or (time.monotonic() < end and options.seed is None):
        failure = attempt(seed + rounds, folder, known)
        if failure:
            sys.stdout.write(failure + "\n")
            return 1
        rounds += 1
    shutil.rmtree(folder)
    sys.stdout.write(f"{rounds} rounds from seed {seed}: nothing found\n")
    return 0


if __name__ == "__main__":
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # the decoders tell of every damaged picture
    sys.exit(main(sys.argv[1:]))
