"""Try every client on freshly built datasets: `python tests/clients/run.py [NAMES]`.

One line for each client, encoding and dataset: PASS, FAIL or SKIP; exit code 1 after a FAIL.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from datasets import build_datasets
from environments import CLIENTS, NotInstalledError, make_environment, reason

from cocosynth.datasets.snippets import SNIPPETS, read_built

HERE = Path(__file__).parent
FOLDER = HERE.parent.parent / ".clients"
TIME_LIMIT = 3600  # seconds for a client, its training included


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    names = [client.name for client in CLIENTS]
    parser.add_argument("clients", nargs="*", help=f"all by default: {', '.join(names)}")
    parser.add_argument("--uv", default="uv", help="the program that installs")
    options = parser.parse_args()
    unknown = set(options.clients) - set(names)
    if unknown:
        parser.error(f"no check for {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    datasets = FOLDER / "datasets"
    shutil.rmtree(datasets, ignore_errors=True)
    datasets.mkdir(parents=True)
    held = build_datasets(datasets)
    print(f"the odd datasets hold: {', '.join(f'{n} {kind}' for kind, n in held.items())}")
    write_snippets(datasets)
    chosen = [client for client in CLIENTS if client.name in (options.clients or names)]
    lines = [line for client in chosen for line in tried(client, datasets, options.uv)]
    count = {status: sum(line.startswith(status) for line in lines) for status in STATUSES}
    print(", ".join(f"{count[status]} {status}" for status in STATUSES))
    sys.exit(1 if count["FAIL"] else 0)


STATUSES = ("PASS", "FAIL", "SKIP")


def write_snippets(datasets):
    """Print the code for every dataset into a file, as `snippet` does."""
    for annotations in sorted(datasets.glob("*/annotations")):
        folder = datasets / "snippets" / annotations.parent.name
        folder.mkdir(parents=True)
        for name, snippet in SNIPPETS.items():
            (folder / f"{name}.py").write_text(snippet(read_built(annotations.parent)))


def tried(client, datasets, uv):
    """Yield the lines of a client, and print them as they come."""
    for line in results(client, datasets, uv):
        print(line, flush=True)
        yield line


def results(client, datasets, uv):
    try:
        python = make_environment(client, FOLDER / client.name, uv)
    except NotInstalledError as error:
        yield f"SKIP  {client.name:<17}could not be installed here: {error}"
        return
    imported = run(python, "-c", f"import {client.module}", client=client)
    if imported.returncode:
        yield f"SKIP  {client.name:<17}does not import here: {reason(imported.stderr)}"
        return
    work = FOLDER / "work" / client.name
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    log = FOLDER / f"{client.name}.log"
    script = HERE / f"check_{client.module}.py"
    with log.open("w") as errors:
        command = [str(python), str(script), str(datasets)]
        process = subprocess.Popen(
            command,
            cwd=work,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=variables(client),
        )
        failed = False
        for line in process.stdout:
            failed |= line.startswith("FAIL")
            if line.startswith(STATUSES):
                yield line.rstrip()
        if process.wait(TIME_LIMIT) and not failed:
            said = reason(log.read_text())
            yield f"FAIL  {client.name:<17}exit code {process.returncode}: {said}"


def run(python, *arguments, client):
    return subprocess.run(
        [str(python), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=variables(client),
    )


def variables(client):
    folder = str(FOLDER / client.name)
    settings = {key: value.format(folder=folder) for key, value in client.settings.items()}
    paths = (HERE, HERE.parent.parent) if client.composes else (HERE,)
    return {**os.environ, **settings, "PYTHONPATH": os.pathsep.join(map(str, paths))}


if __name__ == "__main__":
    main()
