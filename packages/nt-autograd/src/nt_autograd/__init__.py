"""Tensors that remember how they were made: automatic differentiation you can read."""
