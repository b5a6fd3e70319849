"""Studies: many small trainings, and the law that they follow.

nt study scaling --recipe quick
"""

from nt_apps.study._bootstrap import intervals
from nt_apps.study._law import Law, fit_law
from nt_apps.study._plot import draw_laws
from nt_apps.study._runs import Point
from nt_apps.study._settings import RECIPES, ScalingSettings, read_settings
from nt_apps.study._study import Laws, study

__all__ = [
    "RECIPES",
    "Law",
    "Laws",
    "Point",
    "ScalingSettings",
    "draw_laws",
    "fit_law",
    "intervals",
    "read_settings",
    "study",
]
