"""Keep a finished run's or study's record, and write docs/reference/results.md anew from all.

python -m tools.record FOLDER NAME --machine "2 cores, x86-64" [--note TEXT]
python -m tools.record                                         only the page
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tools.record import PAGE, RECORDS, keep, keep_study, page


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.record", description=__doc__)
    parser.add_argument("run", nargs="?", type=Path, help="the folder of a finished run or study")
    parser.add_argument("name", nargs="?", help="the record's: a folder under docs/records")
    parser.add_argument("--machine", help="its class: cores, kind of processor, what else ran")
    parser.add_argument("--note", default="", help="what else a reader must know")
    given = parser.parse_args()
    if given.run is not None:
        if not given.name or not given.machine:
            parser.error("RUN_FOLDER goes with NAME and --machine")
        kept = keep_study if (given.run / "scaling.json").exists() else keep
        kept(given.run, RECORDS / given.name, machine=given.machine, note=given.note)
    PAGE.write_text(page(RECORDS), encoding="utf-8")


main()
