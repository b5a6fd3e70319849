"""A gallery of failures: trainings that fail as they should, each repaired by one change.

    nt gallery                  which there are
    nt gallery no-residuals     one of them, failing and repaired, side by side

Each is a file of a few lines over real digits, trained twice in seconds with the same seed; the
diagnostics of `nt_apps.diagnose` look on and say what they see.
"""

from nt_apps.gallery import (
    _bad_initialisation,
    _float16_overflow,
    _label_leakage,
    _no_normalisation,
    _no_residuals,
    _no_scale,
    _no_warm_up,
    _rate_too_high,
)
from nt_apps.gallery._exhibit import Exhibit
from nt_apps.gallery._show import Shown, draw, show
from nt_apps.gallery._walk import Course

__all__ = ["EXHIBITS", "Course", "Exhibit", "Shown", "draw", "show"]

_FILES = (
    _no_scale,
    _no_residuals,
    _no_normalisation,
    _bad_initialisation,
    _rate_too_high,
    _float16_overflow,
    _no_warm_up,
    _label_leakage,
)
EXHIBITS = {each.EXHIBIT.name: each.EXHIBIT for each in _FILES}
"""All exhibits, by name."""
