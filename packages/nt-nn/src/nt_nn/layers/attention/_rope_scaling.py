"""How rotary embeddings reach past the length that they were trained at: other frequencies.

A rotary embedding turns pair i at position t by t theta_i, where theta_i is the base to the power
of -2i/d. Each scaling here changes the theta_i, and some the lengths of the turned vectors.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache


def plain_frequencies(dim: int, base: float) -> list[float]:
    """The angles per position, of each pair: `base` to the power of -2i/dim."""
    return [base ** (-2 * i / dim) for i in range(dim // 2)]


@dataclass(frozen=True)
class RopeScaling:
    r"""No scaling: $\theta_i = b^{-2i/d}$; the others change this.

    Example:
        >>> RopeScaling().frequencies(4, 10000.0, length=8)
        [1.0, 0.01]

    Source: Su et al., RoFormer (2021), section 3.2.2.
    """

    def frequencies(self, dim: int, base: float, length: int) -> list[float]:
        """The angles per position of the dim / 2 pairs, for a sequence of `length` positions."""
        return plain_frequencies(dim, base)

    def magnitude(self) -> float:
        """What cosines and sines are multiplied with."""
        return 1.0


@dataclass(frozen=True)
class LinearRopeScaling(RopeScaling):
    r"""Position interpolation, $\theta_i / s$: positions lie `factor` times as close.

    Example:
        >>> LinearRopeScaling(factor=4.0).frequencies(4, 10000.0, length=8)
        [0.25, 0.0025]

    Source: Chen et al., Extending Context Window of Large Language Models via Positional
        Interpolation (2023); `rope_type` "linear" in published configurations.
    """

    factor: float

    def __post_init__(self) -> None:
        _check_factor(self.factor)

    def frequencies(self, dim: int, base: float, length: int) -> list[float]:
        """The plain ones, divided."""
        return [theta / self.factor for theta in plain_frequencies(dim, base)]


@dataclass(frozen=True)
class DynamicNTKRopeScaling(RopeScaling):
    r"""A base that grows with the sequence once it is longer than `original_length`, $L$.

    $$b' = b \left(\frac{s \, T}{L} - (s - 1)\right)^{d / (d - 2)}$$

    Fast pairs hardly change, slow ones stretch; up to L positions nothing changes.

    Example:
        >>> scaling = DynamicNTKRopeScaling(factor=2.0, original_length=8)
        >>> scaling.frequencies(4, 10000.0, length=8), scaling.frequencies(4, 10000.0, length=12)
        ([1.0, 0.01], [1.0, 0.005])

    Source: bloc97 and emozilla's posts on NTK-aware and dynamic scaling (2023), described in Peng
        et al., YaRN (2023), section 3.3; `rope_type` "dynamic".
    """

    factor: float
    original_length: int

    def __post_init__(self) -> None:
        _check_factor(self.factor)
        _check_length(self.original_length)

    def frequencies(self, dim: int, base: float, length: int) -> list[float]:
        """The plain ones of the grown base."""
        if dim == 2:  # its one pair turns by 1 whatever the base
            return [1.0]
        grown = self.factor * max(length, self.original_length) / self.original_length
        return plain_frequencies(dim, base * (grown - (self.factor - 1)) ** (dim / (dim - 2)))


@dataclass(frozen=True)
class YarnRopeScaling(RopeScaling):
    r"""YaRN: slow pairs are interpolated, fast ones left alone, with a ramp between.

    $$\theta_i' = (1 - \gamma_i) \frac{\theta_i}{s} + \gamma_i \theta_i$$

    $\gamma$ falls from 1 to 0 between the pairs that turn `beta_fast` and `beta_slow` times within
    `original_length`. Cosines and sines are multiplied with $0.1 \ln s + 1$.

    Attributes:
        factor: $s$.
        original_length: how many positions the model was trained at.
        beta_fast: turns from which on a pair is left alone.
        beta_slow: turns up to which a pair is interpolated.
        attention_factor: what cosines and sines are multiplied with instead, if not None.
        mscale: with `mscale_all_dim` (both not zero), as in DeepSeek: they are multiplied with
            $(0.1 m \ln s + 1) / (0.1 m' \ln s + 1)$.
        mscale_all_dim: $m'$.
        truncate: round the ramp's ends to whole pairs.

    Example:
        >>> YarnRopeScaling(factor=4.0, original_length=64).frequencies(4, 10000.0, length=8)
        [1.0, 0.0025]
        >>> round(YarnRopeScaling(factor=4.0, original_length=64).magnitude(), 4)
        1.1386

    Source: Peng et al., YaRN: Efficient Context Window Extension of Large Language Models (2023),
        sections 3.2 and 3.4; `rope_type` "yarn".
    """

    factor: float
    original_length: int
    beta_fast: float = 32.0
    beta_slow: float = 1.0
    attention_factor: float | None = None
    mscale: float = 0.0
    mscale_all_dim: float = 0.0
    truncate: bool = True

    def __post_init__(self) -> None:
        _check_factor(self.factor)
        _check_length(self.original_length)
        if not self.beta_fast > self.beta_slow > 0:
            raise ValueError(
                f"beta_fast ({self.beta_fast}) must be above beta_slow ({self.beta_slow}), "
                "both positive"
            )

    def frequencies(self, dim: int, base: float, length: int) -> list[float]:
        """Interpolated, left alone, or between, by how often the pair turns."""

        def pair_that_turns(times: float) -> float:
            turned = math.log(self.original_length / (times * 2 * math.pi))
            return dim * turned / (2 * math.log(base))

        low, high = pair_that_turns(self.beta_fast), pair_that_turns(self.beta_slow)
        if self.truncate:
            low, high = math.floor(low), math.ceil(high)
        low, high = max(low, 0), min(high, dim - 1)
        width = high - low or 0.001
        found = []
        for i, theta in enumerate(plain_frequencies(dim, base)):
            alone = 1 - min(max((i - low) / width, 0), 1)
            found.append((1 - alone) * theta / self.factor + alone * theta)
        return found

    def magnitude(self) -> float:
        """`attention_factor`, or what follows from the factor."""

        def grown(m: float) -> float:
            return 1.0 if self.factor <= 1 else 0.1 * m * math.log(self.factor) + 1.0

        if self.attention_factor is not None:
            return self.attention_factor
        if self.mscale and self.mscale_all_dim:
            return grown(self.mscale) / grown(self.mscale_all_dim)
        return grown(1.0)


@dataclass(frozen=True)
class Llama3RopeScaling(RopeScaling):
    r"""Llama 3's: pairs of long wavelengths are interpolated, those of short ones left alone.

    With the wavelength $\lambda_i = 2 \pi / \theta_i$ and L the `original_length`: $\theta_i$ where
    $\lambda_i < L / h$, $\theta_i / s$ where $\lambda_i > L / l$, and between them

    $$\left(1 - \frac{L / \lambda_i - l}{h - l}\right) \frac{\theta_i}{s} +
      \frac{L / \lambda_i - l}{h - l} \theta_i$$

    Attributes:
        factor: $s$.
        low_freq_factor: $l$.
        high_freq_factor: $h$.
        original_length: how many positions the model was first trained at.

    Example:
        >>> scaling = Llama3RopeScaling(8.0, 1.0, 4.0, original_length=64)
        >>> scaling.frequencies(4, 10000.0, length=8)
        [1.0, 0.00125]

    Source: Dubey et al., The Llama 3 Herd of Models (2024); `rope_type` "llama3".
    """

    factor: float
    low_freq_factor: float
    high_freq_factor: float
    original_length: int

    def __post_init__(self) -> None:
        _check_factor(self.factor)
        _check_length(self.original_length)
        if not self.high_freq_factor > self.low_freq_factor > 0:
            raise ValueError(
                f"high_freq_factor ({self.high_freq_factor}) must be above low_freq_factor "
                f"({self.low_freq_factor}), both positive"
            )

    def frequencies(self, dim: int, base: float, length: int) -> list[float]:
        """Interpolated, left alone, or between, by the wavelength."""
        low, high = self.low_freq_factor, self.high_freq_factor
        found = []
        for theta in plain_frequencies(dim, base):
            turns = self.original_length * theta / (2 * math.pi)  # within the original length
            alone = min(max((turns - low) / (high - low), 0), 1)
            found.append((1 - alone) * theta / self.factor + alone * theta)
        return found


@dataclass(frozen=True)
class LongRopeScaling(RopeScaling):
    r"""LongRoPE: each pair is interpolated by a factor of its own, which a search has found.

    $$\theta_i' = \theta_i / s_i$$

    with other factors up to `original_length` positions, L, than beyond. Cosines and sines are
    multiplied with $\sqrt{1 + \ln s / \ln L}$.

    Attributes:
        short_factor: $s_i$ of each pair, for sequences of at most `original_length`.
        long_factor: for longer ones.
        original_length: how many positions the model was first trained at.
        factor: $s$, how many times as many it reaches.
        attention_factor: what cosines and sines are multiplied with instead, if not None.

    Example:
        >>> scaling = LongRopeScaling((1.0, 2.0), (1.0, 8.0), original_length=16, factor=16.0)
        >>> scaling.frequencies(4, 10000.0, length=8), scaling.frequencies(4, 10000.0, length=17)
        ([1.0, 0.005], [1.0, 0.00125])
        >>> round(scaling.magnitude(), 4)
        1.4142

    Source: Ding et al., LongRoPE: Extending LLM Context Window Beyond 2 Million Tokens (2024);
        `rope_type` "longrope" in published configurations.
    """

    short_factor: tuple[float, ...]
    long_factor: tuple[float, ...]
    original_length: int
    factor: float
    attention_factor: float | None = None

    def __post_init__(self) -> None:
        _check_factor(self.factor)
        _check_length(self.original_length)
        for name in ("short_factor", "long_factor"):
            if not all(each > 0 for each in getattr(self, name)):
                raise ValueError(f"{name} {getattr(self, name)} must be positive numbers")

    def frequencies(self, dim: int, base: float, length: int) -> list[float]:
        """The plain ones, each divided by its factor."""
        name = "short_factor" if length <= self.original_length else "long_factor"
        if len(factors := getattr(self, name)) != dim // 2:
            raise ValueError(f"{name} has {len(factors)} numbers for {dim // 2} pairs")
        return [theta / s for theta, s in zip(plain_frequencies(dim, base), factors, strict=True)]

    def magnitude(self) -> float:
        """`attention_factor`, or what follows from the factor."""
        if self.attention_factor is not None:
            return self.attention_factor
        if self.factor <= 1:
            return 1.0
        return math.sqrt(1 + math.log(self.factor) / math.log(self.original_length))


@lru_cache(maxsize=256)
def known_frequencies(
    scaling: RopeScaling, dim: int, base: float, length: int
) -> tuple[float, ...]:
    """What `scaling.frequencies` gives, remembered: a generation asks at each token."""
    return tuple(scaling.frequencies(dim, base, length))


# Whose frequencies are the same at any length.
FIXED = (RopeScaling, LinearRopeScaling, YarnRopeScaling, Llama3RopeScaling)


def _check_factor(factor: float) -> None:
    if not factor >= 1:
        raise ValueError(f"factor ({factor}) must be 1 or more")


def _check_length(length: int) -> None:
    if length < 1:
        raise ValueError(f"original_length ({length}) must be positive")
