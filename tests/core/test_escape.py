"""Text of unknown origin stays text in Markdown and in spreadsheets."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocosynth.core.escape import csv_cell, markdown, markdown_link

texts = st.text() | st.text(alphabet="=+-@|<>[]()`*_\\&{}$~\n\r\t'\" ab\u202e\u2028\x1b\x00")


@given(text=texts)
def test_markdown_is_one_line_of_text_in_which_nothing_begins(text):
    written = markdown(text)
    assert written.isprintable()
    assert not re.search(r"[<>{}]", written)
    assert not re.search(r"(?<!\\)(\\\\)*[|`*_\[\]~$]", written)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Zoë 日本語", "Zoë 日本語"),
        ("A | B", "A \\| B"),
        ("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"),
        ("&lt;", "&amp;lt;"),
        ("a\n\n| b |\r\n# c", "a \\| b \\| # c"),
        ("\x1b[2J\u202e", r"\\x1b\[2J\\u202e"),
        ("{{ site.secret }}", "&#123;&#123; site.secret &#125;&#125;"),
    ],
)
def test_markdown_keeps_what_a_person_reads(text, written):
    assert markdown(text) == written


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("http://x.org/a", "[t](<http://x.org/a>)"),
        ("HTTPS://x.org/?a=1&b=2", "[t](<HTTPS://x.org/?a=1&amp;b=2>)"),
        ("https://x.org/> <script>", "[t](<https://x.org/%3E%20%3Cscript%3E>)"),
        ("https://x.org/a|b\n", "[t](<https://x.org/a%7Cb>)"),
        ("https://x.org/é", "[t](<https://x.org/%C3%A9>)"),
        ("javascript:alert(1)", "t (javascript:alert(1))"),
        (" JaVaScRiPt:alert(1)", "t (JaVaScRiPt:alert(1))"),
        ("data:text/html,<b>", "t (data:text/html,&lt;b&gt;)"),
        ("//x.org", "t (//x.org)"),
        ("x.org", "t (x.org)"),
        ("http:", "t (http:)"),
        ("", "t"),
    ],
)
def test_only_addresses_of_the_web_are_links(address, link):
    assert markdown_link("t", address) == link


@given(text=texts, address=texts | texts.map("http://x".__add__))
def test_a_link_is_one_line_without_html(text, address):
    written = markdown_link(text, address)
    assert len(written.splitlines()) == 1 or written == ""
    inside = re.sub(r"\]\(<https?://[^<>\s|]*>\)$", "", written)
    assert not re.search("[<>]", inside)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("A. B.", "A. B."),
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "' =1"),
        ("\r=1", "' =1"),
        ("  =1", "'  =1"),
        ("\uff1d1", "'\uff1d1"),
        ("a=1", "a=1"),
        ("a\nb", "a b"),
        ("\x1b[2J", "\\x1b[2J"),
        ("", ""),
    ],
)
def test_a_cell_is_no_formula(text, cell):
    assert csv_cell(text) == cell


@given(cells=st.lists(texts, min_size=2, max_size=4))
def test_every_reader_finds_the_same_cells(cells):
    written = [csv_cell(cell) for cell in cells]
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerow(written)
    assert stream.getvalue().count("\n") == 1
    assert "\r" not in stream.getvalue()
    [read] = csv.reader(io.StringIO(stream.getvalue()))
    assert read == written
    assert not any(cell.lstrip()[:1] in set("=+-@") for cell in read if cell)
