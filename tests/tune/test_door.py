"""The server speaks to its own page only."""

import asyncio
import signal
import subprocess
import sys

import pytest
from small_builds import write_backgrounds, write_config, write_cutouts
from tune_pages import tuning

from cocosynth.core.errors import CocosynthError
from cocosynth.tune.door import Door
from cocosynth.tune.server import bound, page_files

TOKEN = "the-token"
PAGE = {"host": "127.0.0.1:8000"}
API = PAGE | {
    "content-type": "application/json",
    "content-length": "2",
    "x-cocosynth-token": TOKEN,
    "origin": "http://127.0.0.1:8000",
}


def answer(path, headers, *, method="POST", query=""):
    """Return the status of a request and the headers of its answer."""

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    sent = []

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    asyncio.run(Door(app, token=TOKEN, port=8000)(scope, None, send))
    return sent[0]["status"], dict(sent[0]["headers"])


def test_its_own_page_is_answered():
    assert answer("/api/render", API)[0] == 200
    assert answer("/", PAGE, method="GET", query=f"token={TOKEN}")[0] == 200
    assert answer("/page/tune.js", PAGE, method="GET")[0] == 200


@pytest.mark.parametrize(
    "change",
    [
        {"host": "evil.example:8000"},  # a name that leads to 127.0.0.1
        {"host": "127.0.0.1:9000"},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9000"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"x-cocosynth-token": "another"},
        {"x-cocosynth-token": ""},
        {"content-type": "text/plain"},  # what a form of another page can send
        {"content-length": str(2**21)},
        {"content-length": "many"},
    ],
)
def test_other_requests_are_refused(change):
    status, _ = answer("/api/save", API | change)
    assert status == 403


def test_nothing_that_a_browser_sends_by_itself_opens_a_request():
    headers = {key: value for key, value in API.items() if key != "x-cocosynth-token"}
    assert answer("/api/save", headers | {"cookie": f"token={TOKEN}"})[0] == 403
    assert answer("/api/save", headers, query=f"token={TOKEN}")[0] == 403
    assert answer("/api/save", API, method="GET")[0] == 403


def test_the_page_needs_the_token():
    assert answer("/", PAGE, method="GET")[0] == 403
    assert answer("/", PAGE, method="GET", query="token=wrong")[0] == 403


def test_every_answer_has_a_strict_policy():
    for headers in (answer("/", PAGE, method="GET")[1], answer("/api/render", API)[1]):
        policy = headers[b"content-security-policy"].decode()
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers[b"x-content-type-options"] == b"nosniff"


def test_the_page_asks_nobody_else_and_has_no_script_in_its_text():
    files = page_files()
    for name, content in files.items():
        text = content.decode().replace("http://www.w3.org/", "")
        assert "//" not in text.partition("://")[1], name
        assert "innerHTML" not in text
        assert "style=" not in text
    html = files["index.html"].decode()
    assert "<script>" not in html
    assert "onclick" not in html


def test_a_port_in_use_is_one_line():
    taken = bound(0)
    port = taken.getsockname()[1]
    with pytest.raises(CocosynthError, match=rf"--port {port}: cannot be used: address already"):
        bound(port)
    taken.close()


def test_it_listens_on_this_machine_only():
    taken = bound(0)
    assert taken.getsockname()[0] == "127.0.0.1"
    taken.close()


def test_a_missing_extra_is_one_line(tmp_path):
    code = (
        "import sys; sys.modules['starlette'] = None\n"
        "from cocosynth.tune.server import require\n"
        "from cocosynth.core.errors import CocosynthError\n"
        "try: require()\n"
        "except CocosynthError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 'pip install "cocosynth[ui]"' in done.stdout


def test_a_configuration_that_cannot_be_read_is_one_line(here, tmp_path):
    pytest.importorskip("starlette", reason="the extra ui is missing")
    (tmp_path / "bad.yaml").write_text("seed: [1\n")
    found = here("tune", "bad.yaml", "--no-browser")
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr.startswith("cocosynth: error: bad.yaml, line")
    assert here("tune", "-", "--no-browser").stderr == (
        "cocosynth: error: -: name a file; what is tuned is saved to it\n"
    )


@pytest.mark.slow
def test_ctrl_c_ends_it_in_order(tmp_path):
    write_cutouts(tmp_path / "cutouts")
    write_backgrounds(tmp_path / "backgrounds")
    write_config(tmp_path)
    with tuning(tmp_path) as (process, _):
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 0
    assert said.endswith("stopped\n")
    assert "Traceback" not in said
