"""Keep a finished run's record, and write docs/reference/results.md anew from all records.

python -m tools.record RUN_FOLDER NAME --machine "2 cores, x86-64" [--note TEXT]
python -m tools.record                                         only the page
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tools.record import PAGE, RECORDS, keep, page


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.record", description=__doc__)
    parser.add_argument("run", nargs="?", type=Path, help="the folder of a finished run")
    parser.add_argument("name", nargs="?", help="the record's: a folder under docs/records")
    parser.add_argument("--machine", help="its class: cores, kind of processor, what else ran")
    parser.add_argument("--note", default="", help="what else a reader must know")
    given = parser.parse_args()
    if given.run is not None:
        if not given.name or not given.machine:
            parser.error("RUN_FOLDER goes with NAME and --machine")
        keep(given.run, RECORDS / given.name, machine=given.machine, note=given.note)
    PAGE.write_text(page(RECORDS), encoding="utf-8")


main()
