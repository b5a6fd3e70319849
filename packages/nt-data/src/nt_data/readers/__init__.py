"""Your own files: each is read whole and checked, or one error names it and what is wrong."""

from nt_data.readers._archive import read_archive
from nt_data.readers._bounded import read_bytes
from nt_data.readers._idx import read_idx
from nt_data.readers._image import read_image
from nt_data.readers._unpickle import unpickle_arrays

__all__ = [
    "read_archive",
    "read_bytes",
    "read_idx",
    "read_image",
    "unpickle_arrays",
]
