"""The page as one file that opens without a server: what was shown, with the same style and the same view."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from experiments.page.parts import known
from experiments.page.sentences import with_unit
from sim.live import FOUR
from sim.measures.measures import BY_NAME

STATIC = Path(__file__).parent / "static"
IMPORT = re.compile(r"^import .*$\n", re.MULTILINE)
KEPT = ("numbers", "answers", "parts", "apart", "notes", "limits", "digest", "command", "status", "choice", "first")


def page_of(snapshots: Sequence[Mapping[str, Any]]) -> str:
    """Return the page over what was shown of one comparison or more; ``choice`` says which is which."""
    style = (STATIC / "page.css").read_text(encoding="utf-8")
    script = "".join(IMPORT.sub("", (STATIC / name).read_text(encoding="utf-8")) for name in ("view.js", "still.js"))
    kept = [known({key: one[key] for key in KEPT if key in one}) for one in snapshots]
    measures = [{"name": name, "label": with_unit(BY_NAME[name])} for name in FOUR]
    data = {"snapshots": kept, "measures": measures, "needs_choice": len(kept) > 1}
    plain = json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; img-src blob: data:; "
        "base-uri 'none'; form-action 'none'"
    )
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    head = f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}"><style>{style}</style>'
    page = page.replace('<link rel="stylesheet" href="static/page.css">', head)
    page = page.replace('<script type="module" src="static/page.js"></script>\n', "")
    tail = f'<script type="application/json" id="data">{plain}</script>\n<script type="module">{script}</script>'
    return page.replace("</body>", f"{tail}\n</body>")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
