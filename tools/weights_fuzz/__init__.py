"""Random checkpoints of transformers, as nt reads them: `python -m tools.weights_fuzz`."""
