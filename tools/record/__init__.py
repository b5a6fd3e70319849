"""Small records of finished runs under docs/records, and the page of results made from them."""

from tools.record.keep import keep
from tools.record.page import PAGE, RECORDS, page, report
from tools.record.study import keep_study, study_report

__all__ = ["PAGE", "RECORDS", "keep", "keep_study", "page", "report", "study_report"]
