"""`python -m nt_apps`: the `nt` command where its script is not on the path."""

import sys

from nt_apps.cli import main

if __name__ == "__main__":
    sys.exit(main())
