"""A record on the page that speaks of it: `<!-- record: vit-fashion-mnist -->`."""

from __future__ import annotations

import logging
import posixpath
import re

from tools.record import RECORDS, report, study_report

__all__ = ["with_records"]

log = logging.getLogger("mkdocs.plugins.records")
ASKED = re.compile(r"^<!-- record: ([\w-]+) -->$", re.MULTILINE)


def with_records(text: str, source: str) -> str:
    """Put each record that a page asks for in the place of the comment.

    Args:
        text: the page's Markdown.
        source: its name within the documentation.
    """

    def told(match: re.Match[str]) -> str:
        to_records = posixpath.relpath("records", posixpath.dirname(source))
        for kept, tell in (("summary.json", report), ("scaling.json", study_report)):
            if (RECORDS / match[1] / kept).exists():
                return tell(match[1], RECORDS, to_records)
        log.warning("%s: there is no record %s", source, match[1])
        return ""

    return ASKED.sub(told, text)
