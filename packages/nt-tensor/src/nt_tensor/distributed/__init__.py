"""Several processes that work on one thing: who they are, and how they add up what they found."""

from nt_tensor.distributed._connect import connect, launched
from nt_tensor.distributed._group import Group, Pending, RankLostError
from nt_tensor.distributed._single import SingleProcess

__all__ = ["Group", "Pending", "RankLostError", "SingleProcess", "connect", "launched"]
