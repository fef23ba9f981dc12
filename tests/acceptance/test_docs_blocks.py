"""Every block of the docs is of a kind that is checked; a new one that is not checked fails here.

`python` is run by test_docs_as_scripts.py and test_python_page.py. `text` is what a program prints.
"""

import json
import re
import shlex
from importlib.util import find_spec
from pathlib import Path

import pytest
import typer
from ruamel.yaml import YAML

from cocosynth.cli import app
from cocosynth.config.file import load_config
from cocosynth.config.yaml_text import parse_yaml

ROOT = Path(__file__).parents[2]
NAMES = ("README.md", "CONTRIBUTING.md", "examples/README.md", "sample_data/README.md")
PAGES = [*(ROOT / name for name in NAMES), *sorted((ROOT / "docs").glob("*.md"))]
GROUP = typer.main.get_command(app)
KINDS = {"python", "py", "yaml", "json", "console", "text"}
WHOLE = {
    "splits": {"train": 2},
    "canvas": {"width": 64, "height": 48},
    "foregrounds": [{"folder": "cutouts"}],
    "backgrounds": [{"folder": "backgrounds"}],
}
NEEDED = {"albumentations": "albumentations", "learned_techniques": "torch"}  # to read a block
OTHERS = {  # programs beside ours that a console block may start, and what runs them
    "cd examples": "test_examples.py",
    "python learned_techniques.py": "test_examples.py",
    "python examples/train_pytorch.py": "test_examples.py",
    "python train.py": "tests/clients/check_torchvision.py and others: what `snippet` prints",
    'python "$(python -c': "tests/clients/check_mmdet.py, by mmengine's Runner",
    "python -m benchmarks.gallery": "test_gallery_page.py",
    "python -m benchmarks.on_the_fly": "test_on_the_fly_speed.py",
    "python -m experiments.proof": "test_proof.py",
    "python -m experiments.mask_rcnn": "tests/clients/check_mmdet.py",
    "ray start": "tests/cluster/test_cluster.py",
    "git ": "test_dvc.py",
    "dvc ": "test_dvc.py",
    "rm -r dataset bank .dvc/cache": "test_dvc.py",
}


def blocks():
    for page in PAGES:
        found = re.findall(r"^( *)```(\w*)\n(.*?)^\1```$", page.read_text(), re.M | re.S)
        for number, (_, kind, text) in enumerate(found):
            yield pytest.param(kind, text, id=f"{page.name} {number} {kind}")


BLOCKS = list(blocks())


def of_kind(kind):
    return [
        pytest.param(block.values[1], id=block.id) for block in BLOCKS if block.values[0] == kind
    ]


def commands(text):
    """Return the commands of a console block, continued lines joined."""
    joined = text.replace("\\\n", " ")
    return [command.strip() for command in re.findall(r"^\s*\$ (.*)$", joined, re.MULTILINE)]


def test_blocks_are_closed_and_there_are_many():
    assert len(BLOCKS) > 80
    for page in PAGES:
        fences = re.findall(r"^ *```", page.read_text(), re.MULTILINE)
        mine = [block for block in BLOCKS if block.id.startswith(f"{page.name} ")]
        assert len(fences) % 2 == 0
        assert len(mine) >= len(fences) // 2 or page.name == "README.md"


@pytest.mark.parametrize(("kind", "text"), BLOCKS)
def test_a_block_is_of_a_kind_that_is_checked(kind, text):
    assert kind in KINDS, "begin it with one of: " + ", ".join(sorted(KINDS))
    if kind == "console":
        assert commands(text), "a console block has a command behind `$ `"
    if kind == "text":
        assert not re.search(r"^\s*(\$ |python -m |pip install )", text, re.M), "is a console block"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_command_hides_in_an_indented_block(page):
    fenced = re.sub(r"^( *)```.*?^\1```$", "", page.read_text(), flags=re.M | re.S)
    assert not re.search(r"^ {4,}(\$ |python -m |pip install |make )", fenced, re.MULTILINE)


@pytest.mark.parametrize("text", of_kind("console"))
def test_every_command_of_a_block_is_one_that_exists(text):
    for command in commands(text):
        for part in command.split(" && "):
            check_command(part)


def check_command(command):
    words = shlex.split(command.partition(" > ")[0], comments=True)
    if words[:3] == ["python", "-m", "cocosynth"]:
        name, *arguments = words[3:]
        assert name in GROUP.commands, command
        try:
            GROUP.commands[name].make_context(name, arguments)
        except Exception as error:  # of typer or of click, whichever of them parses
            raise AssertionError(f"{command}: {error}") from None
    elif words[0] == "make":
        check_target(words[1])
    elif words[:2] == ["pip", "install"]:
        check_extras(command)
    else:
        assert any(command.startswith(known) for known in OTHERS), command


def check_target(name):
    assert re.search(rf"^{name}:", (ROOT / "Makefile").read_text(), re.M), f"no target {name}"


def check_extras(command):
    extras = re.findall(r"\[([\w,]+)\]", command)
    for extra in ",".join(extras).split(",") if extras else ():
        assert re.search(rf"^{extra} = \[", (ROOT / "pyproject.toml").read_text(), re.M), extra


@pytest.mark.parametrize(
    "command",
    [
        "python -m cocosynth build --sampel",
        "python -m cocosynth bulid",
        "python -m cocosynth build --workers many",
        "python -m cocosynth merge",
        "make gallry",
        'pip install "cocosynth[tourch]"',
        "curl example.org",
    ],
)
def test_a_command_that_does_not_exist_is_found(command):
    with pytest.raises(AssertionError):
        check_command(command)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_in_a_line_of_text_is_one_that_exists(page):
    text = re.sub(r"^( *)```.*?^\1```$", "", page.read_text(), flags=re.M | re.S)
    for code in re.findall(r"`([^`\n]+)`", text):
        found = re.match(r"(?:python -m )?cocosynth ([a-z]\w*)(.*)", code)
        if found:
            command = GROUP.commands[found[1]]
            known = {option for one in command.params for option in one.opts}
            for option in re.findall(r"(?<=\s)--?[a-z][\w-]*", found[2]):
                assert option in known | {"--help", "-h"}, code
        elif re.match(r"make [a-z]", code):
            check_target(code.split()[1])
        elif code.startswith("pip install"):
            check_extras(code)


@pytest.mark.parametrize("text", of_kind("yaml"))
def test_a_yaml_block_is_a_configuration_or_a_part_of_one(text, tmp_path, monkeypatch):
    for name, package in NEEDED.items():
        if name in text and not find_spec(package):
            pytest.skip(f"{package} is not installed")
    classes = [block.values[1] for block in BLOCKS if "config.md" in block.id]
    own = [code for code in classes if "class Shear" in code or "class Counts" in code]
    (tmp_path / "my_steps.py").write_text("".join(own))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.syspath_prepend(ROOT / "examples")
    path = tmp_path / "c.yaml"
    content = parse_yaml(text.encode(), path)
    with path.open("w") as file:
        YAML().dump({**WHOLE, **content}, file)
    load_config(path)


@pytest.mark.parametrize("text", of_kind("json"))
def test_a_json_block_is_json(text):
    json.loads(text if text.lstrip().startswith(("{", "[")) else f"{{{text}}}")


@pytest.mark.parametrize("text", of_kind("py"))
def test_code_of_another_program_can_be_read(text):
    compile(text, "block", "exec")
