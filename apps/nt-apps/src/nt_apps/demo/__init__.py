"""`nt demo`: one local web page over trained models.

What is shown is computed and drawn by pure functions, one file a tab: `expression` (gradients),
`text`, `images`, `words`, `masks`; `models` finds what a person has trained, `html` draws bars and
grids of maps, `page` alone knows the interface's library.
"""
