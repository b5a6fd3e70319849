"""How far every model is from what transformers and torchvision compute: a page of the docs."""
