"""What a command imports is what it needs: nobody waits for libraries that are not used."""

import subprocess
import sys
from importlib.metadata import version

import pytest

HEAVY = {
    *("numpy", "cv2", "PIL", "pycocotools", "scipy", "skimage", "shapely", "matplotlib"),
    *("jsonschema", "jsonschema_rs", "msgspec", "rich", "ruamel", "yaml", "torch", "ray"),
    *("starlette", "uvicorn"),
}
SELDOM = {
    *("scipy", "skimage", "shapely", "matplotlib"),
    *("jsonschema", "jsonschema_rs", "rich", "torch"),
}


def imported(*statements):
    """Return what a fresh Python has imported after each of the statements, one after another."""
    shown = "print('modules:', *{name.split('.')[0] for name in sys.modules})"
    program = "\n".join(["import sys", *(f"{statement}\n{shown}" for statement in statements)])
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith("modules: ")]
    return [set(line.split()[1:]) for line in lines]


@pytest.mark.skipif(
    tuple(map(int, version("typer").split(".")[:2])) >= (0, 29),
    reason="a typer that pyproject.toml does not allow: `make setup` installs another",
)
def test_a_command_loads_no_library_to_convert_its_arguments():
    (libraries,) = imported(
        "sys.argv = ['cocosynth', 'build', 'none.yaml', '--workers', '1', '--quiet']\n"
        "from cocosynth.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert end.code"
    )
    assert "typer" in libraries
    assert "pydantic" not in libraries


HELP = [["--help"], ["build", "--help"], ["validate", "--help"], ["tune", "--help"]]


def test_help_imports_no_heavy_library():
    statements = [
        f"sys.argv = ['cocosynth', *{arguments}]\n"
        "from cocosynth.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code"
        for arguments in HELP
    ]
    for arguments, libraries in zip(HELP, imported(*statements), strict=True):
        assert "typer" in libraries
        assert not libraries & HEAVY, arguments


MODULES = [
    "pipeline.build",
    "pipeline.replay",
    "config.file",
    "sources.survey",
    "datasets.credits",
    "check.validate",
    "core.executors",
]


def test_modules_import_what_every_build_needs_and_no_more():
    statements = [f"import cocosynth.{module}" for module in MODULES]
    for module, libraries in zip(MODULES, imported(*statements), strict=True):
        assert not libraries & SELDOM, module


USED_BY_SOME = {
    *("render.blend.poisson", "render.harmonize.focus", "scenes.placement.ground"),
    *("render.tones.noise", "scenes.augment.shear", "render.shadow.drop"),
    *("core.executors.ray", "check.pictures.near", "pipeline.dry_run"),
}


def test_a_build_loads_no_technique_before_it_is_chosen():
    program = "import sys, cocosynth.cli.build, cocosynth.pipeline.build; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    loaded = {name.removeprefix("cocosynth.") for name in done.stdout.split()}
    assert {"pipeline.build", "render.blend", "scenes.augment"} <= loaded
    assert not loaded & USED_BY_SOME


def test_what_is_loaded_late_has_its_name():
    from cocosynth.check import validate
    from cocosynth.check.validate.leaks import find_near

    assert validate.find_near is find_near
    assert not hasattr(validate, "find_far")
