"""What a command imports is what it needs: nobody waits for libraries that are not used."""

import subprocess
import sys

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


def imported(statement):
    """Return the libraries that a fresh Python has imported after a statement."""
    program = f"import sys\n{statement}\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    "arguments", [["--help"], ["build", "--help"], ["validate", "--help"], ["tune", "--help"]]
)
def test_help_imports_no_heavy_library(arguments):
    statement = (
        f"sys.argv = ['cocosynth', *{arguments}]\n"
        "from cocosynth.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code"
    )
    libraries = imported(statement)
    assert "typer" in libraries
    assert not libraries & HEAVY


@pytest.mark.parametrize(
    "module",
    [
        "pipeline.build",
        "pipeline.replay",
        "config.file",
        "sources.survey",
        "datasets.credits",
        "check.validate",
        "core.executors",
    ],
)
def test_modules_import_what_every_build_needs_and_no_more(module):
    assert not imported(f"import cocosynth.{module}") & SELDOM
