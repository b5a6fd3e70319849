"""The ledger: what a model is made of, and what each step of running it takes."""

from nt_models.ledger._explain import explain
from nt_models.ledger._formulas import Formula
from nt_models.ledger._ledger import Ledger, Part
from nt_models.ledger._presets import preset_inputs, preset_names, preset_skeleton
from nt_models.ledger._records import Cost, Product, Step, Weight

__all__ = [
    "Cost",
    "Formula",
    "Ledger",
    "Part",
    "Product",
    "Step",
    "Weight",
    "explain",
    "preset_inputs",
    "preset_names",
    "preset_skeleton",
]
