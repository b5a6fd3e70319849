"""Initial values: each function fills a tensor in place, and returns it."""

from ._constant import constant_, dirac_, eye_, ones_, zeros_
from ._orthogonal import orthogonal_
from ._random import normal_, trunc_normal_, uniform_
from ._sparse import sparse_
from ._variance import (
    calculate_gain,
    kaiming_normal_,
    kaiming_uniform_,
    xavier_normal_,
    xavier_uniform_,
)

__all__ = [
    "calculate_gain",
    "constant_",
    "dirac_",
    "eye_",
    "kaiming_normal_",
    "kaiming_uniform_",
    "normal_",
    "ones_",
    "orthogonal_",
    "sparse_",
    "trunc_normal_",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]
