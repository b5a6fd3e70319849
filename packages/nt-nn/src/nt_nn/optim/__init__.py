"""Optimizers: what turns gradients into steps."""

from ._adadelta import Adadelta
from ._adafactor import Adafactor
from ._adagrad import Adagrad
from ._adam import Adam
from ._adamax import Adamax
from ._adamw import AdamW
from ._asgd import ASGD
from ._lamb import LAMB
from ._lbfgs import LBFGS
from ._lion import Lion
from ._muon import Muon
from ._nadam import NAdam
from ._optimizer import Optimizer
from ._radam import RAdam
from ._rmsprop import RMSprop
from ._rprop import Rprop
from ._sgd import SGD

__all__ = [
    "ASGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "LAMB",
    "LBFGS",
    "Lion",
    "Muon",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "Rprop",
    "SGD",
]
