"""The site of the docs: every page has its place, no warning, no link that leads nowhere."""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
MADE = {"index.md", "contributing.md", "changelog.md", "api.md"}
MADE |= {"reference-commands.md", "reference-configuration.md"}


def test_every_page_stands_once_in_the_navigation():
    content = YAML(typ="safe", pure=True).load((ROOT / "mkdocs.yml").read_text())
    pages = [page for part in content["nav"] for section in part.values() for page in section]
    assert len(pages) == len(set(pages))
    assert set(pages) == {path.name for path in (ROOT / "docs").glob("*.md")} | MADE


def markdown():
    folders = (ROOT, *(ROOT / name for name in ("docs", "examples", "sample_data", ".github")))
    return [page for folder in folders for page in sorted(folder.glob("*.md"))]


def anchors(page):
    """Return what links can name in a page: its headings, as GitHub and mkdocs spell them."""
    text = re.sub(r"^( *)```.*?^\1```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    plain = [re.sub(r"\]\([^)]*\)|[^\w\s-]", "", heading).strip().lower() for heading in headings]
    return {re.sub(r"\s+", "-", heading) for heading in plain}


@pytest.mark.parametrize("page", markdown(), ids=lambda page: page.name)
def test_links_and_pictures_of_a_page_lead_somewhere(page):
    text = re.sub(r"^( *)```.*?^\1```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"`[^`\n]*`", "", text)
    for target, anchor in re.findall(r"\]\((?!\w+:)([^)#\s]*)#?([^)\s]*)\)", text):
        there = page.parent / target if target else page
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), f"{target}#{anchor}"


class Links(HTMLParser):
    """What a page of the site links to, and the places in it that can be linked to."""

    def __init__(self, page):
        super().__init__()
        self.targets, self.ids = set(), {""}
        self.feed(page.read_text())

    def handle_starttag(self, tag, attributes):
        for key, value in attributes:
            if key in ("href", "src") and value and not re.match(r"\w+:|//", value):
                self.targets.add(value)
            if key in ("id", "name") and value:
                self.ids.add(value)


def broken(site):
    """Yield the links of a site that lead nowhere, in it or out of it."""
    pages = {page: Links(page) for page in site.rglob("*.html") if page.name != "404.html"}
    for page, links in pages.items():
        for target in links.targets:
            path, _, anchor = target.partition("#")
            there = (page.parent / unquote(path)).resolve() if path else page
            if there.is_dir():
                there /= "index.html"
            found = there.is_file() and site in there.parents
            if not found or (there in pages and unquote(anchor) not in pages[there].ids):
                yield f"{page.name}: {target}"


def test_a_link_that_leads_nowhere_is_found(tmp_path):
    (tmp_path / "a.html").write_text('<a href="b.html#here">b</a><a href="b.html#no"></a>')
    (tmp_path / "b.html").write_text('<p id="here"><img src="c.png"><a href="../x.html"></a>')
    (tmp_path.parent / "x.html").write_text("outside")
    assert set(broken(tmp_path)) == {"a.html: b.html#no", "b.html: c.png", "b.html: ../x.html"}


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_site_is_made_without_a_warning_and_holds_what_the_code_says(tmp_path):
    missing = [name for name in ("mkdocs", "material", "mkdocstrings") if not find_spec(name)]
    if missing:
        pytest.skip(f"{missing[0]} is not installed (extra `docs`)")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", tmp_path / "site"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    said = {path.name: path.read_text() for path in (tmp_path / "site").glob("*.html")}
    assert "max_truncation" in said["reference-configuration.html"]
    assert "--allow-code" in said["reference-commands.html"]
    assert "cocosynth.Compositor" in said["api.html"]
    assert "set_epoch" in said["api.html"]
    assert list(broken((tmp_path / "site").resolve())) == []
