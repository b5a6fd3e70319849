"""Small records of finished runs under docs/records, and the page of results made from them."""

from tools.record.keep import keep
from tools.record.page import PAGE, RECORDS, page, report

__all__ = ["PAGE", "RECORDS", "keep", "page", "report"]
