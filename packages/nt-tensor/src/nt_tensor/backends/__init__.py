"""One package a library: its `Backend`, its namespace, and its own bodies of kernels."""
