"""The layers, one a file; `nt_nn` itself is their door: `nt_nn.Linear`."""
