"""A training run's record on a page that speaks of it: `<!-- record: vit-fashion-mnist -->`."""

from __future__ import annotations

import logging
import posixpath
import re

from tools.record import RECORDS, report

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
        if not (RECORDS / match[1] / "summary.json").exists():
            log.warning("%s: there is no record %s", source, match[1])
            return ""
        to_records = posixpath.relpath("records", posixpath.dirname(source))
        return report(match[1], RECORDS, to_records)

    return ASKED.sub(told, text)
