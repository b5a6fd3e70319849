"""Rules: from readings to plain advice. Each has its threshold, and says where it comes from.

A rule judges the latest readings (`LATEST` of them, by their median; of two by the one that speaks
for health), so that one odd batch says nothing; spikes of the loss are looked for in all steps.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, median_high, median_low

from nt_apps.diagnose._history import History

__all__ = ["RULES", "Advice", "advise"]

LATEST = 3  # readings whose median is judged

LARGE_UPDATE = 0.2
SMALL_UPDATE = 1e-6
VANISHED, EXPLODED = 1e-3, 1e2
DEAD = 0.5
ONE_KEY = 0.05
GROWTH = 100.0
HALF = 65504.0 / 4
SPIKE, SPIKE_STEPS = 10.0, 50


@dataclass(frozen=True)
class Advice:
    """What a rule says.

    Attributes:
        rule: its name.
        where: the layer, module or step that it found worst.
        text: what is the matter, and what helps.

    Example:
        >>> Advice("dead_units", "blocks.0", "half of its units are dead: lower the rate").where
        'blocks.0'
    """

    rule: str
    where: str
    text: str


Rule = Callable[[History], "Advice | None"]


def advise(history: History) -> list[Advice]:
    """Ask all rules.

    Example:
        >>> from nt_apps.diagnose import Reading
        >>> history = History()
        >>> for step in (10, 20, 30):
        ...     history.readings.append(Reading(step, update={"blocks.3": 100.0}))
        >>> print(advise(history)[0].text)
        updates of blocks.3 are 100x its weights (step 30; more than 0.2): lower the rate
    """
    return [found for rule in RULES if (found := rule(history)) is not None]


def updates_too_large(history: History) -> Advice | None:
    """An update of more than a fifth of the weights replaces what was learned.

    The usual rule of thumb is a thousandth (Karpathy, CS231n notes, Neural networks 3,
    2015); 300 steps of `nt train gpt2` come to a twenty-fifth at most.
    """
    where, ratio = _largest(_latest(history, "update"))
    if not ratio > LARGE_UPDATE:
        return None
    at = _at(history)
    text = f"updates of {where} are {_times(ratio)}x its weights ({at}; more than {LARGE_UPDATE:g})"
    return Advice("updates_too_large", where, f"{text}: lower the rate")


def updates_too_small(history: History) -> Advice | None:
    """Below a millionth of the weights a layer hardly moves: by a thousandth in a thousand steps.

    A little further down float32's rounding (IEEE 754: 6e-8 of a number) eats the update.
    """
    ratios = _latest(history, "update", median_high)
    small = {name: ratio for name, ratio in ratios.items() if ratio < SMALL_UPDATE}
    if not small:
        return None
    where, ratio = min(small.items(), key=lambda pair: pair[1])
    gradient = _latest(history, "gradient").get(where, 0.0)
    why = "no gradient reaches it" if not gradient else "raise the rate, or the loss's scale"
    text = f"updates of {where} are {_times(ratio)}x its weights ({_at(history)}; less than 1e-6)"
    return Advice("updates_too_small", where, f"{text}: {why}")


def gradients_vanish(history: History) -> Advice | None:
    """The first layer of a stack gets less than a thousandth of the last one's gradient.

    Source: Glorot and Bengio (2010), section 4.2.1; Hochreiter (1991).
    """
    for first, last, ratio in _stacks(_latest(history, "gradient")):
        if ratio < VANISHED:
            text = f"gradients of {first} are {_times(ratio)}x those of {last} ({_at(history)})"
            return Advice("gradients_vanish", first, f"{text}: {STACK}")
    return None


def gradients_explode(history: History) -> Advice | None:
    """They are not finite, or the first layer's are a hundred times the last one's.

    Source: Pascanu, Mikolov and Bengio, On the difficulty of training recurrent networks (2013).
    """
    if history.readings:
        lost = [name for name, g in _latest(history, "gradient").items() if g == math.inf]
        if lost:
            text = f"gradients of {lost[0]} are not finite ({_at(history)})"
            return Advice(
                "gradients_explode", lost[0], f"{text}: lower the rate; in float16, scale the loss"
            )
    for first, last, ratio in _stacks(_latest(history, "gradient")):
        if ratio > EXPLODED:
            text = f"gradients of {first} are {_times(ratio)}x those of {last} ({_at(history)})"
            return Advice("gradients_explode", first, f"{text}: {STACK}")
    return None


def dead_units(history: History) -> Advice | None:
    """More than half of a layer's units fire for nothing in a batch.

    A ReLU unit is dead whose input is never above 0; a smooth one, where less than an eightieth of
    the gradient comes through (GELU's below -3). Source: Karpathy, CS231n notes, Neural networks 1
    (2015), where 40 % dead tell of too high a rate; Lu et al., Dying ReLU and initialization
    (2019).
    """
    where, share = _largest(_latest(history, "dead"))
    if not share > DEAD:
        return None
    text = f"{share:.0%} of the units of {where} never fire ({_at(history)}; more than half)"
    return Advice(
        "dead_units", where, f"{text}: lower the rate, warm up, or initialise smaller biases"
    )


def attention_collapses(history: History) -> Advice | None:
    """Most heads of a layer look at one key alone: their softmax passes no gradient.

    The entropy of a head's weights is a twentieth of what it could be. Source: Zhai et al.,
    Stabilizing Transformer training by preventing attention entropy collapse (2023), section 3;
    Vaswani et al. (2017), section 3.2.1, footnote 4.
    """
    by_layer = defaultdict(list)
    for name, value in _latest(history, "entropy").items():
        by_layer[name.rpartition(".")[0]].append(value)
    for where, heads in by_layer.items():
        if median(heads) < ONE_KEY:
            text = f"heads of {where} look at one key each (entropy {median(heads):.2g} of 1, "
            return Advice(
                "attention_collapses", where,
                f"{text}{_at(history)}): divide scores by the root of a head's width, norm queries "
                "and keys, or lower the rate",
            )  # fmt: skip
    return None


def activations_grow(history: History) -> Advice | None:
    """From a stack's first module to its last, what they give grows a hundredfold; or is near inf.

    Half precision ends at 65,504 (Micikevicius et al., Mixed precision training, 2018, section 2);
    growth with depth is what norms are there for (Ba et al., Layer normalization, 2016; He et al.,
    Delving deep into rectifiers, 2015, section 2.2).
    """
    where, largest = _largest(_latest(history, "largest"))
    if largest > HALF:
        text = f"{where} gives values up to {largest:.2g} ({_at(history)}; float16 ends at 65504)"
        return Advice("activations_grow", where, f"{text}: normalise, or scale inputs and weights")
    for first, last, ratio in _stacks(_latest(history, "scale")):
        if ratio * GROWTH < 1:
            text = f"{last} gives {_times(1 / ratio)}x what {first} gives ({_at(history)})"
            return Advice("activations_grow", last, f"{text}: {STACK}")
    return None


def activations_fade(history: History) -> Advice | None:
    """From a stack's first module to its last, what they give shrinks to a hundredth.

    Source: He et al. (2015), section 2.2; Glorot and Bengio (2010), section 4.2.
    """
    for first, last, ratio in _stacks(_latest(history, "scale")):
        if ratio > GROWTH:
            text = f"{last} gives {_times(1 / ratio)}x what {first} gives ({_at(history)})"
            return Advice("activations_fade", last, f"{text}: {STACK}")
    return None


def loss_spikes(history: History) -> Advice | None:
    """A loss that is no number, or far above the 50 before it.

    Far are ten median deviations, and a quarter of their median.

    Source: Chowdhery et al., PaLM (2022), section 5.1, on spikes of the loss; the median deviation
    as a measure that spikes do not move: Hampel (1974).
    """
    steps = sorted(history.losses)
    found = [step for step in steps if not math.isfinite(history.losses[step])]
    for i in range(SPIKE_STEPS // 2, 0 if found else len(steps)):
        before = [history.losses[s] for s in steps[max(0, i - SPIKE_STEPS) : i]]
        middle = median(before)
        spread = median(abs(x - middle) for x in before)
        above = history.losses[steps[i]] - middle
        if above > max(SPIKE * spread, 0.25 * abs(middle)):
            found.append(steps[i])
    if not found:
        return None
    first = found[0]
    text = f"the loss jumps to {history.losses[first]:.3g} (step {first})"
    more = f" and {len(found) - 1} times more" if len(found) > 1 else ""
    return Advice(
        "loss_spikes", f"step {first}", f"{text}{more}: lower the rate, warm up longer, or clip"
    )


STACK = "add residuals, normalise, or initialise by the layers' width"

RULES: tuple[Rule, ...] = (
    updates_too_large,
    updates_too_small,
    gradients_vanish,
    gradients_explode,
    dead_units,
    attention_collapses,
    activations_grow,
    activations_fade,
    loss_spikes,
)
"""All rules, in the order in which their advice is told."""


def _at(history: History) -> str:
    return f"step {history.readings[-1].step}"


def _times(ratio: float) -> str:
    return f"{ratio:.0f}" if 10 <= ratio < 1e6 else f"{ratio:.2g}"


def _latest(
    history: History, kind: str, middle: Callable[[Sequence[float]], float] = median_low
) -> dict[str, float]:
    """The median of the latest readings by name; what is not finite counts as infinite."""
    values = defaultdict(list)
    for reading in history.readings[-LATEST:]:
        for name, value in _flat(getattr(reading, kind)):
            values[name].append(math.inf if value is None else value)
    return {name: middle(found) for name, found in values.items() if len(found) == _count(history)}


def _count(history: History) -> int:
    return min(LATEST, len(history.readings))


def _flat(values: Mapping[str, object]) -> Sequence[tuple[str, float | None]]:
    found: list[tuple[str, float | None]] = []
    for name, value in values.items():
        if isinstance(value, Mapping):
            found += [(f"{name}.{inner}", each) for inner, each in value.items()]
        else:
            found.append((name, value))  # type: ignore[arg-type]
    return found


def _largest(values: Mapping[str, float]) -> tuple[str, float]:
    return max(values.items(), key=lambda pair: pair[1], default=("", 0.0))


def _stacks(values: Mapping[str, float]) -> list[tuple[str, str, float]]:
    """Of each numbered stack of three or more: its first and last name, and first by last."""
    stacks = defaultdict(list)
    for name, value in values.items():
        if match := re.fullmatch(r"(.*?)(\d+)", name):
            stacks[match[1]].append((int(match[2]), name, value))
    found = []
    for members in stacks.values():
        (_, first, low), (_, last, high) = min(members), max(members)
        if len(members) > 2 and high and math.isfinite(low) and math.isfinite(high):
            found.append((first, last, low / high))
    return found
