"""Your own files: each is read whole and checked, or one error names it and what is wrong."""

from nt_data.readers._archive import read_archive
from nt_data.readers._array import read_array
from nt_data.readers._bounded import read_bytes
from nt_data.readers._idx import read_idx
from nt_data.readers._image import read_image
from nt_data.readers._image_folder import ImageFolder
from nt_data.readers._labelled import read_labelled_texts
from nt_data.readers._table import read_csv, read_jsonl
from nt_data.readers._text import read_text, stream_text
from nt_data.readers._token_file import TokenFile
from nt_data.readers._unpickle import unpickle_arrays

__all__ = [
    "ImageFolder",
    "TokenFile",
    "read_archive",
    "read_array",
    "read_bytes",
    "read_csv",
    "read_idx",
    "read_image",
    "read_jsonl",
    "read_labelled_texts",
    "read_text",
    "stream_text",
    "unpickle_arrays",
]
