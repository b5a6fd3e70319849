"""What goes on inside of a training, and what it means: readings, rules, a plot.

    nt train gpt2 --diagnose 50

`Diagnostics` is an `Observer` that reads every so many steps: gradient norms and update-to-weight
ratios by layer, the scale of what modules give, units that never fire, where attention looks. The
readings stand in the run's metrics; `RULES` turn them into plain advice.
"""

from nt_apps.diagnose._diagnostics import Diagnostics
from nt_apps.diagnose._history import History, Reading
from nt_apps.diagnose._layers import layer_of
from nt_apps.diagnose._plot import draw_diagnosis
from nt_apps.diagnose._rules import RULES, Advice, advise

__all__ = [
    "RULES",
    "Advice",
    "Diagnostics",
    "History",
    "Reading",
    "advise",
    "draw_diagnosis",
    "layer_of",
]
