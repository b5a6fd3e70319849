"""How far every model is from what transformers and torchvision compute: docs/errors.md."""
