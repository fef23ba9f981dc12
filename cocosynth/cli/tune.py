"""``tune``: change a configuration by eye, in a browser."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Annotated

import typer

from cocosynth.cli.app import MAKE, AllowCode, app, say
from cocosynth.cli.build import config_path
from cocosynth.cli.executor import Workers, chosen_executor
from cocosynth.core.errors import CocosynthError


@app.command("tune", rich_help_panel=MAKE)
def tune_command(
    config: Annotated[
        Path | None,
        typer.Argument(help="The configuration; cocosynth.yaml here by default."),
    ] = None,
    sources: Annotated[
        Path | None,
        typer.Option(help="What the paths in it start from; the folder it lies in by default."),
    ] = None,
    sample: Annotated[
        bool, typer.Option("--sample", help="Tune the sample; it is saved to cocosynth.yaml here.")
    ] = False,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Of the page; 0 is any that is free.")
    ] = 0,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the address only; open no browser.")
    ] = False,
    workers: Workers = None,
    allow_code: AllowCode = False,
) -> None:
    """Open a page that shows scenes as you change the configuration.

    The page is for this machine only. Ctrl-C ends it.

    Example: cocosynth tune cocosynth.yaml
    """
    import webbrowser

    from cocosynth.cli.progress import bars
    from cocosynth.core.threads import usable_cores
    from cocosynth.tune.opened import DEFAULT_NAME, Opened
    from cocosynth.tune.server import bound, require, serving
    from cocosynth.tune.session import Session

    require()
    path = config_path(config, sample=sample)
    save_as = Path(DEFAULT_NAME) if sample else None
    opened = Opened.read(path, folder=sources, allow_code=allow_code, save_as=save_as)
    listening = bound(port)
    run = chosen_executor(None, workers)
    session = Session(opened, workers=workers or usable_cores())
    try:
        session.maker(opened.values, run, bars)
    except CocosynthError as error:
        say(f"note: {error}")
        say("the page opens all the same, to change that")
    try:
        with serving(session, listening) as address:
            print(f"open {address}", flush=True)
            say("Ctrl-C ends it")
            if not no_browser:
                webbrowser.open(address)
            threading.Event().wait()
    except KeyboardInterrupt:
        say("stopped")
