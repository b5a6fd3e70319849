"""Published data sets by name, each with its split, its licence and where it is from."""

from nt_data._samples import Images, ImageTexts, LabelledTexts, TextPairs
from nt_data.sources._glyph_faces import GLYPH_FACES, glyph_faces
from nt_data.sources._load import (
    load_image_splits,
    load_image_texts,
    load_images,
    load_labelled_texts,
    load_text,
    load_text_pairs,
)
from nt_data.sources._register import source, source_names, text_sources
from nt_data.sources._remote import RemoteFile
from nt_data.sources._source import Source
from nt_data.sources._split import TextSplit

__all__ = [
    "GLYPH_FACES",
    "ImageTexts",
    "Images",
    "LabelledTexts",
    "RemoteFile",
    "Source",
    "TextPairs",
    "TextSplit",
    "glyph_faces",
    "load_image_splits",
    "load_image_texts",
    "load_images",
    "load_labelled_texts",
    "load_text",
    "load_text_pairs",
    "source",
    "source_names",
    "text_sources",
]
