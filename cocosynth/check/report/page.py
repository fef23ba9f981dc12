"""The page itself: one file that runs nothing but its own script."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent
_SCRIPTS = ("dom.js", "charts.js", "gallery.js", "viewer.js", "page.js")
_POLICY = (
    "default-src 'none'; img-src 'self' file: data:; style-src {style}; script-src {script}; "
    "base-uri 'none'; form-action 'none'"
)


def page_of(content: dict[str, Any], *, title: str) -> bytes:
    """Return the page that shows some content.

    What comes out of a dataset stands in it as JSON in a block that no browser runs; the policy of
    the page allows the one script and the one style sheet that are ours, by their sha256.

    Parameters
    ----------
    content : dict
        What `page.js` reads.
    title : str
    """
    style = "\n" + (_HERE / "page.css").read_text("utf-8")
    scripts = "\n".join((_HERE / name).read_text("utf-8") for name in _SCRIPTS)
    script = f'\n"use strict";\n(() => {{\n{scripts}}})();\n'
    parts = {
        "policy": html.escape(_POLICY.format(style=_hash(style), script=_hash(script)), quote=True),
        "title": html.escape(title),
        "style": style,
        "script": script,
        "content": _embedded(content),
    }
    template = (_HERE / "page.html").read_text("utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], template).encode()


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _embedded(content: dict[str, Any]) -> str:
    r"""Write JSON that cannot end the block it stands in.

    Examples
    --------
    >>> print(_embedded({"name": "</script>"}))
    {"name":"\u003c/script\u003e"}
    """
    text = json.dumps(content, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
