"""Compiled bodies of kernels for NumPy arrays, used where Numba is installed and `jit` is on."""
