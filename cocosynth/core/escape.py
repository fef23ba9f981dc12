"""Text of unknown origin, written so that the language around it takes it for text only.

One function for each language; literals of Python are in `datasets.snippets.literals`.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from cocosynth.core.errors import one_line

_MARKDOWN = {sign: f"\\{sign}" for sign in "\\`*_[]|~$"} | {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    "{": "&#123;",  # of templates, as Jekyll has them
    "}": "&#125;",
}
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]")  # the wide forms of the four, too
_URL = re.compile(r"https?://[^\s/?#]", re.IGNORECASE)
_IN_URLS = ":/?#[]@!$&'()*+,;=%-._~"


def markdown(text: str) -> str:
    r"""Write text into a line of Markdown, or a cell of its tables.

    Examples
    --------
    >>> print(markdown("<b>A</b> | *B*"))
    &lt;b&gt;A&lt;/b&gt; \| \*B\*
    """
    plain = one_line(" ".join(text.split()))
    return "".join(_MARKDOWN.get(sign, sign) for sign in plain)


def markdown_link(text: str, address: str) -> str:
    r"""Write a link in Markdown; an address that is not of the web stands behind the text as text.

    Examples
    --------
    >>> print(markdown_link("CC [BY]", "https://x.org/a b"))
    [CC \[BY\]](<https://x.org/a%20b>)
    >>> print(markdown_link("photo", "javascript:alert(1)"))
    photo (javascript:alert(1))
    """
    address = address.strip()
    if _URL.match(address):
        quoted = quote(address, safe=_IN_URLS, errors="replace").replace("&", "&amp;")
        return f"[{markdown(text)}](<{quoted}>)"
    return f"{markdown(text)} ({markdown(address)})" if address else markdown(text)


def csv_cell(text: str) -> str:
    r"""Write text into a cell of a CSV table that no spreadsheet takes for a formula.

    Examples
    --------
    >>> csv_cell("=1+1"), csv_cell("A. B."), csv_cell("\t@a")
    ("'=1+1", 'A. B.', "' @a")
    """
    plain = one_line(re.sub(r"\s", " ", text))
    return f"'{plain}" if _FORMULA.match(plain) else plain
