"""`make gallery`: one local page with every mail we can send, for an ordinary, an empty and a hostile member.

Each stands there as HTML on a desktop and on a phone, light and dark, and as plain text, with what the checker says.
What is shown is `exhibits`.
"""

from __future__ import annotations

import base64
import re
from html import escape
from pathlib import Path

from hmn.exhibits import SAMPLE_PREFERENCES, Exhibit, exhibits
from network.ports import Words
from network.preferences import Preferences

# How each picture of a mail is made: its width, and what stands for the reader's scheme.
_VIEWS = (("desktop", 700, "light"), ("desktop", 700, "dark"), ("phone", 375, "light"), ("phone", 375, "dark"))
_DARK = "@media (prefers-color-scheme: dark)"
_PICTURE = re.compile(r'(<img\b[^>]*\bsrc=")https://[^"]+(")')
_STAND_IN = base64.b64encode(
    b'<svg xmlns="http://www.w3.org/2000/svg" width="552" height="180">'
    b'<rect width="552" height="180" fill="#8fb3c4"/><circle cx="276" cy="90" r="56" fill="#f3f4f6"/></svg>'
).decode()


def build_gallery(target: Path, words: Words, preferences: Preferences = SAMPLE_PREFERENCES) -> Path:
    """Writes the page into the folder `target` and returns where it stands."""
    target.mkdir(parents=True, exist_ok=True)
    page = target / "gallery.html"
    page.write_text(_page(list(exhibits(words, preferences))), encoding="utf-8")
    return page


def offline(html: str) -> str:
    """The mail with a drawn picture in the place of each that would be fetched."""
    return _PICTURE.sub(rf"\1data:image/svg+xml;base64,{_STAND_IN}\2", html)


def in_scheme(html: str, scheme: str) -> str:
    """The mail as it looks in one scheme, whatever the browser prefers."""
    return html.replace(_DARK, "@media all" if scheme == "dark" else "@media not all")


def _page(shown: list[Exhibit]) -> str:
    flawed = sum(bool(exhibit.findings) for exhibit in shown)
    parts = "\n".join(_section(exhibit) for exhibit in shown)
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Every mail we send</title><style>
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 24px; background: #e9ebee; color: #1f2328; }}
summary {{ cursor: pointer; padding: 8px 0; }} .views {{ display: flex; gap: 12px; align-items: flex-start; }}
figure {{ margin: 0; }} iframe {{ border: 1px solid #8c959f; background: #fff; height: 720px; }}
pre {{ background: #fff; padding: 16px; max-width: 80ch; white-space: pre-wrap; overflow-wrap: anywhere; }}
</style></head><body><h1>Every mail we send</h1>
<p>{len(shown)} mails, {flawed} with a finding. The pictures are the mails themselves; nothing is fetched or sent.</p>
{parts}
</body></html>
"""


def _section(exhibit: Exhibit) -> str:
    findings = "".join(f"<li>{escape(found.severity)}: {escape(found.sentence)}</li>" for found in exhibit.findings)
    views = "".join(
        f'<figure><figcaption>{device}, {scheme}</figcaption><iframe loading="lazy" sandbox width="{width}" '
        f'title="{escape(exhibit.name)}, {device}, {scheme}" '
        f'srcdoc="{escape(in_scheme(offline(exhibit.content.html), scheme))}"></iframe></figure>'
        for device, width, scheme in _VIEWS
    )
    return (
        f"<details><summary><b>{escape(exhibit.name)}</b>, {exhibit.member} member: "
        f"{escape(exhibit.content.subject)} ({len(exhibit.findings)} findings, "
        f"{len(exhibit.content.html.encode()) / 1000:.0f} KB)</summary>"
        f'<ul>{findings}</ul><div class="views">{views}</div><pre>{escape(exhibit.content.text)}</pre></details>'
    )
