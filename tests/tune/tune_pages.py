"""A page in a real browser, where there is one, and the command behind it."""

import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def browser():
    """Start Chromium without a window."""
    api = pytest.importorskip("playwright.sync_api", reason="the package playwright is missing")
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip("there is no Chromium: apt-get install chromium")
    with api.sync_playwright() as play:
        started = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield started
        finally:
            started.close()


@contextmanager
def tuning(folder, *arguments):
    """Run the command in a folder; give the process and the address that it prints."""
    pytest.importorskip("starlette", reason="the extra ui is missing")
    pytest.importorskip("uvicorn", reason="the extra ui is missing")
    command = [sys.executable, "-m", "cocosynth", "tune", "--no-browser", *map(str, arguments)]
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline()
        assert line.startswith("open http://127.0.0.1:"), line + process.stderr.read()
        yield process, line.split()[1]
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
