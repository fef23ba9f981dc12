"""The configuration that somebody opened to tune it, as its file has it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from cocosynth.coco.layout import lies_in_dataset
from cocosynth.config.address import STDIN, at_key, split_address
from cocosynth.config.config import Config
from cocosynth.config.file import Loaded, read_config
from cocosynth.config.old_spelling import moved
from cocosynth.config.yaml_text import parse_yaml
from cocosynth.core import files, pipes
from cocosynth.core.errors import CocosynthError
from cocosynth.tune.saving import saved_text

DEFAULT_NAME = "cocosynth.yaml"


@dataclass
class Opened:
    """A configuration, what its paths start from, and where it is saved.

    Attributes
    ----------
    values : dict
        Keys and values as the file has them.
    folder : Path
        What its paths are relative to.
    path : Path
        Where it is saved, if the user names no other file.
    key : str, optional
        The key of that file that it stands under.
    text : bytes, optional
        What stood in that file when it was read or saved last; None where there was none.
    code : frozenset of str
        The classes of the user's own that the file names: the page may use no others.
    """

    values: dict[str, Any]
    folder: Path
    path: Path
    key: str | None
    text: bytes | None
    code: frozenset[str] = frozenset()

    @classmethod
    def read(
        cls, source: Path, *, folder: Path | None, allow_code: bool, save_as: Path | None = None
    ) -> Opened:
        """Read a configuration to be tuned.

        Raises
        ------
        CocosynthError
            If it is not valid, or no file.
        """
        file, key = split_address(source)
        if str(file) == STDIN or pipes.is_stream(file):
            raise CocosynthError(f"{source}: name a file; what is tuned is saved to it")
        text = files.read_bytes(file)
        content = parse_yaml(text, file)
        content = _as_json(content if key is None else at_key(content, file, key))
        base = Path(source).parent if folder is None else folder
        trusted = allow_code or not lies_in_dataset(file)
        loaded = read_config(source, folder=base, allow_code=trusted)
        path, kept = Path(file), text
        if save_as is not None:
            path, key = save_as, None
        code = frozenset(_own(loaded.config))
        return cls(moved(content)[0], base, path, key, kept, code)

    def config(self, values: dict[str, Any]) -> Loaded:
        """Turn the values of the page into a configuration.

        Raises
        ------
        CocosynthError
            If they are not one, or name code that the file does not.
        """
        _refuse_other_code(values, self.code)
        return read_config(values, folder=self.folder)

    def save(self, values: dict[str, Any], name: str, *, replace: bool) -> Path:
        """Write what was tuned, with the comments of the file that was opened.

        Parameters
        ----------
        values : dict
        name : str
            A file, from the current folder on; empty for the one that was opened.
        replace : bool
            Write over another file.

        Raises
        ------
        CocosynthError
            If the values are not valid, or the file cannot be written or is in the way.
        """
        self.config(values)
        path = Path(name) if name else self.path
        if path.suffix.lower() not in (".yaml", ".yml", ".json"):
            raise CocosynthError(f"{path}: name a file that ends in .yaml")
        same = path.absolute() == self.path.absolute()
        there = files.read_bytes(path) if path.is_file() else None
        if there is not None and there != self.text and not replace:
            raise CocosynthError(
                f"{path}: holds something else than was opened; save under another name, or "
                "replace it"
            )
        text = saved_text(self.text or b"", self.key if same else None, values, self._equal)
        files.write_atomic(path, text)
        self.path, self.text, self.values = path, text, values
        self.key = self.key if same else None
        return path

    def command(self) -> str:
        """Return the command that builds what was saved."""
        address = f"{self.path}:{self.key}" if self.key else str(self.path)
        words = ["python", "-m", "cocosynth", "build", address]
        if self.path.parent.resolve() != self.folder.resolve():
            words += ["--sources", str(self.folder)]
        return shlex.join([*words, "--out", "dataset"])

    def _equal(self, first: dict[str, Any], second: dict[str, Any]) -> bool:
        try:
            return self.config(first).config == self.config(second).config
        except CocosynthError:
            return False


def _own(config: Config) -> list[str]:
    return [named.partition(": ")[2] for named in config.own_classes()]


def _refuse_other_code(values: dict[str, Any], known: frozenset[str]) -> None:
    """Refuse to import what the file did not name: a page is not where code comes from."""
    left: list[Any] = [values]
    while left:
        value = left.pop()
        names: list[Any] = []
        if isinstance(value, dict):
            names, left = [*value, *value.values()], [*left, *value.values()]
        elif isinstance(value, list):
            names, left = value, [*left, *value]
        for name in names:
            if isinstance(name, str) and _is_path(name) and name not in known:
                raise CocosynthError(f"{name!r} is code: name it in the file, and open that again")


def _is_path(name: str) -> bool:
    module, colon, attribute = name.partition(":")
    return bool(colon) and attribute.isidentifier() and module.replace(".", "_").isidentifier()


def _as_json(value: Any) -> Any:
    """Return what JSON can hold: dates as text, keys as text."""
    if isinstance(value, dict):
        return {str(key): _as_json(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_as_json(part) for part in value]
    return value.isoformat() if isinstance(value, date) else value
