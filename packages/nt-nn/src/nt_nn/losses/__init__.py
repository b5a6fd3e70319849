"""Losses as modules; `nt_nn` itself is their door. The functions are nt_autograd's ops."""
