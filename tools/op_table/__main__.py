"""Write docs/reference/backends.md: `python -m tools.op_table`."""

from pathlib import Path

from .page import page, results

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "backends.md"

if __name__ == "__main__":
    PAGE.write_text(page(results()), encoding="utf-8")
    print(f"wrote {PAGE.name}")
