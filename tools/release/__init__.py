"""From six folders to six packages on an index: checked, told, and never published by accident.

    python -m tools.release --dry-run          build and check everything, write the notes, stop
    python -m tools.release --bump minor       move versions, siblings' ranges and changelogs
    python -m tools.release                    the same checks, then ask, then publish

One idea a file. Each check is a function that gives its complaints as a list of sentences, empty
where all is well: `metadata`, `versions`, `extras`, `changelog`, `readme` read the sources;
`contents` and `built` read the wheel and the sdist; `alone` installs them. `guard` tells what
stands in the way of publishing now, `notes` writes what the release brings, `publish` uploads.
"""
