"""Write docs/reference/errors.md: `python -m tools.model_errors`."""

from tools.workspace import ROOT

from .cases import CASES
from .page import page
from .run import ROADS, measure, own_errors

PAGE = ROOT / "docs" / "reference" / "errors.md"

if __name__ == "__main__":
    measured = {}
    for title, road in ROADS.items():
        for name in CASES:
            measured[title, name] = measure(name, road)
            print(title, name, measured[title, name], flush=True)
    PAGE.write_text(page(measured, {name: own_errors(name) for name in CASES}), encoding="utf-8")
    print(f"wrote {PAGE.name}")
