"""Run what a README shows, in a Python that has the package: its blocks, and its commands.

    python -P tools/release/_page.py README.md [EXTRA ...]

A block that opens with ```python {extra="digits"} runs only where that extra is named. Needs
nothing but Python's own library, for it runs where nothing but the package is.
"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2]))  # for the tools; no package lies there

from tools.site.blocks import blocks
from tools.site.commands import run_commands
from tools.site.run import run_page


def main(page: str, *extras: str) -> None:
    """Run the page; end with what it shows otherwise than it says."""
    text = Path(page).read_text(encoding="utf-8")
    for extra in {block.attributes.get("extra", "") for block in blocks(text)} - {"", *extras}:
        text = text.replace(f'{{extra="{extra}"}}', '{test="skip"}')
    for shown in run_page(text, page):
        if shown.printed != shown.block.said:
            printed, said = "\n".join(shown.printed), "\n".join(shown.block.said)
            sys.exit(f"line {shown.block.line}: it printed\n{printed}\nand says\n{said}")
    for ran in run_commands(text, Path.cwd()):
        if ran.status != 0:
            sys.exit(f"line {ran.line}: {ran.command} ended with {ran.status}: {ran.error}")
        if not ran.as_told:
            sys.exit(f"line {ran.line}: {ran.command} printed\n{ran.printed}\nand says\n{ran.said}")


if __name__ == "__main__":
    main(*sys.argv[1:])
