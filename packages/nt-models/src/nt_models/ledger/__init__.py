"""The ledger: what a model is made of, and what each step of running it takes."""

from nt_models.ledger._explain import explain as explain
from nt_models.ledger._formulas._formula import Formula
from nt_models.ledger._ledger import Ledger as Ledger
from nt_models.ledger._ledger import Part
from nt_models.ledger._presets import preset_inputs, preset_names, preset_skeleton
from nt_models.ledger._records import Cost, Product, Step, Weight
from nt_models.ledger._text import Table

__all__ = [
    "Cost",
    "Formula",
    "Part",
    "Product",
    "Step",
    "Table",
    "Weight",
    "preset_inputs",
    "preset_names",
    "preset_skeleton",
]
