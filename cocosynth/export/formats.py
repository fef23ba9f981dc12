"""The exporters of a build: made, checked against each other, and watched while they work."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, get_type_hints

import msgspec

from cocosynth.coco.layout import FILES, REPORT, REPORT_FILES
from cocosynth.coco.splits import is_split_name
from cocosynth.core.errors import CocosynthError, StoppedError
from cocosynth.core.registry import make, name_of
from cocosynth.core.sample import Sample
from cocosynth.core.skipped import SkippedRow
from cocosynth.export import EXPORTERS, ExportContext, Exporter, Numbered
from cocosynth.export.coco import CocoExporter
from cocosynth.export.scenes import ScenesExporter

DEFAULT_PRODUCTS: tuple[str, ...] = (*ScenesExporter.products, *CocoExporter.products)
"""Of a dataset whose manifest names none."""

_PRODUCT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*/?")


@dataclass(frozen=True)
class Format:
    """An exporter at work, its parts as JSON.

    What goes wrong in a class of the user's own is one line, and the build can be continued.

    Attributes
    ----------
    name : str
        What the configuration calls it.
    exporter : Exporter
    """

    name: str
    exporter: Exporter[Any]

    @property
    def part(self) -> Any:
        """The type of its parts."""
        return _part_of(type(self.exporter))

    def write(self, sample: Sample) -> msgspec.Raw:
        """Write an image; return the part as JSON that `finish` can read."""
        with self._watched(f"at {sample.scene.split}/{sample.file_name}"):
            encoded = msgspec.json.encode(self.exporter.write(sample))
            if self._is_foreign:  # the tests check ours
                msgspec.json.decode(encoded, type=self.part)
        return msgspec.Raw(encoded)

    @property
    def images_a_piece(self) -> int:
        """How many images a file of this format holds that a worker can write; 0 for none."""
        return getattr(self.exporter, "images_a_piece", 0)

    def write_piece(
        self, split: str, number: int, parts: Iterable[Numbered[msgspec.Raw]]
    ) -> list[SkippedRow]:
        """Write a piece of a split; return what the format cannot hold."""
        write: Any = getattr(self.exporter, "write_piece")  # noqa: B009 - not all have one
        with self._watched(f"at the end of {split}"):
            return list(write(split, number, self._decoded(parts)) or ())

    def _decoded(self, parts: Iterable[Numbered[msgspec.Raw]]) -> Iterator[Numbered[Any]]:
        decoder = msgspec.json.Decoder(self.part)
        for each in parts:
            yield Numbered(each.image_id, each.annotation_ids, decoder.decode(each.part))

    def finish(self, split: str, parts: Iterable[Numbered[msgspec.Raw]]) -> list[SkippedRow]:
        """Write a split; return what the format cannot hold."""
        with self._watched(f"at the end of {split}"):
            return list(self.exporter.finish(split, self._decoded(parts)) or ())

    def close(self) -> None:
        """Write what is of all splits."""
        with self._watched("at the end"):
            getattr(self.exporter, "close", lambda: None)()

    @property
    def _is_foreign(self) -> bool:
        """Whether it is a class of the user's own."""
        return ":" in self.name

    @contextmanager
    def _watched(self, place: str) -> Iterator[None]:
        try:
            yield
        except CocosynthError:
            raise
        except Exception as error:
            if not self._is_foreign:  # a fault of ours
                raise
            reason = f"{type(error).__name__}: {error}"
            raise StoppedError(f"export.formats: {self.name} failed {place}: {reason}") from error


@cache
def _part_of(exporter: type[Exporter[Any]]) -> Any:
    return get_type_hints(exporter.write).get("return", Any)


def make_formats(context: ExportContext) -> tuple[Format, ...]:
    """Make the exporters of a build: that of the scenes, and those that the configuration names.

    Raises
    ------
    CocosynthError
        If one cannot be made, or two of them, or a split, would write to one place.
    """
    formats = [Format("scenes", ScenesExporter(context))]
    for position, spec in enumerate(context.options.formats):
        where = f"export.formats[{position}]"
        needs = ("products", "write", "finish")
        exporter = make(EXPORTERS, spec, where=where, needs=needs, given={"context": context})
        formats.append(Format(name_of(spec), exporter))
        _check_part(formats[-1], where)
    names = [format.name for format in formats]
    double = next((name for name in names if names.count(name) > 1), None)
    if double:
        raise CocosynthError(f"export.formats: {double!r} stands there twice; once is enough")
    if "coco" not in names:
        raise CocosynthError(
            "export.formats: 'coco' is missing; a build is checked and previewed by its COCO "
            "files: name it beside the others"
        )
    _refuse_collisions(formats)
    _refuse_splits(context.splits, formats)
    return tuple(formats)


def _check_part(format: Format, where: str) -> None:
    try:
        msgspec.json.Decoder(format.part)
    except (NameError, TypeError) as error:
        raise CocosynthError(
            f"{where}: {format.name}: what `write` returns must be annotated with a type that "
            f"msgspec reads: {error}"
        ) from None


def is_product(product: object) -> bool:
    """Say whether this can be a product: the name of a file, or of a folder with a slash."""
    return isinstance(product, str) and _PRODUCT.fullmatch(product) is not None


def _refuse_collisions(formats: Iterable[Format]) -> None:
    owners = dict.fromkeys((*FILES, REPORT, REPORT_FILES.rstrip("/")), "every build")
    for format in formats:
        products = format.exporter.products
        if not isinstance(products, tuple) or not all(map(is_product, products)):
            raise CocosynthError(
                f"export.formats: {format.name}: its products are {products!r}; give a tuple of "
                "names of files, and of folders with a slash at the end"
            )
        for product in products:
            owner = owners.setdefault(product.removesuffix("/").lower(), format.name)
            if owner != format.name:
                raise CocosynthError(
                    f"export.formats: {product} is written by {owner} and by {format.name}; "
                    "take one of them"
                )


def _refuse_splits(splits: Iterable[str], formats: Iterable[Format]) -> None:
    """Refuse a split whose folder would have the name of a product, of any format there is.

    Raises
    ------
    CocosynthError
    """
    exporters = (*EXPORTERS.values(), *(type(format.exporter) for format in formats))
    products = (product for exporter in exporters for product in exporter.products)
    names = {product.removesuffix("/").lower() for product in (*products, REPORT_FILES)}
    *others, last = taken = sorted(filter(is_split_name, names))
    for split in splits:
        if not is_split_name(split) or split.lower() in taken:
            raise CocosynthError(
                f"splits: {split!r} cannot name a folder of images; use letters and digits, but "
                f"not {', '.join(others)} or {last}"
            )
