"""The ledger: what a model is made of, and what each step of running it takes."""

from nt_models.ledger._explain import explain as explain
from nt_models.ledger._formulas import Formula
from nt_models.ledger._ledger import Ledger as Ledger
from nt_models.ledger._ledger import Part
from nt_models.ledger._presets import preset_inputs, preset_names, preset_skeleton
from nt_models.ledger._records import Cost, Product, Step, Weight

__all__ = [
    "Cost",
    "Formula",
    "Part",
    "Product",
    "Step",
    "Weight",
    "preset_inputs",
    "preset_names",
    "preset_skeleton",
]
