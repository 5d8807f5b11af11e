"""Render docs/browser.png: the page that tags in a browser, as it opens. Needs Chromium, Node.js and npm.

make browser && python docs/render_browser.py
"""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path

_ROOT = Path(__file__).parent.parent


def main() -> None:
    """Serve the page that `make browser` assembled, and look at it."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    page = _ROOT / "build" / "browser"
    if chromium is None or not page.is_dir():
        raise SystemExit("Chromium is not installed, or there is no page: run `make browser` first")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(page))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, tempfile.TemporaryDirectory() as folder:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        vector = Path(folder) / "vector.jsonl"  # the script of the tests tags what it is given; one text is enough here
        vector.write_text('{"text": "某人"}\n', encoding="utf-8")
        script, picture = _ROOT / "tests" / "examples" / "browser.mjs", f"{folder}/browser.png"
        command = ["node", str(script), chromium, f"http://127.0.0.1:{server.server_port}/", str(vector), picture]
        environment = {**os.environ, "MINSHI_EXAMPLES": str(_ROOT / "examples" / "javascript")}
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
        shutil.copy(picture, _ROOT / "docs" / "browser.png")
        server.shutdown()


if __name__ == "__main__":
    main()
