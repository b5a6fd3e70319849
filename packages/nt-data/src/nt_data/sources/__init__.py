"""Texts by name or path, each with its split, its licence and where it is from."""

from nt_data.sources._load import load_text, text_sources
from nt_data.sources._remote import RemoteFile
from nt_data.sources._split import TextSplit

__all__ = ["RemoteFile", "TextSplit", "load_text", "text_sources"]
