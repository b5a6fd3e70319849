"""What can go wrong with data: one class a kind of fault, each with the one line that helps."""

from __future__ import annotations

__all__ = ["DataError", "DownloadError", "TextError", "TokenizerError"]


class DataError(ValueError):
    """A file or an array of samples is not what it should be: the message names it and the fault.

    Example:
        >>> import tempfile
        >>> from nt_data.readers import read_idx
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with open(folder + "/images", "wb") as file:
        ...         _ = file.write(b"GIF89a")
        ...     read_idx(folder + "/images")
        Traceback (most recent call last):
            ...
        nt_data...DataError: ...images is no idx file: it begins with 47 49 46 38
    """


class TextError(DataError):
    """A text source is unknown, or its text is empty, binary or too short.

    Example:
        >>> from nt_data.sources import load_text
        >>> load_text("shakespear")
        Traceback (most recent call last):
            ...
        nt_data...TextError: no text source and no file is called 'shakespear'...
    """


class TokenizerError(ValueError):
    """A tokenizer cannot be made, read or applied as asked.

    Example:
        >>> from nt_data.tokenizers import CharTokenizer
        >>> CharTokenizer.train("abc").encode("abd")
        Traceback (most recent call last):
            ...
        nt_data...TokenizerError: character 'd' (U+0064) at position 2 is not among the 3 ...
    """


class DownloadError(OSError):
    """A file that a source needs could not be had: offline, refused, cut short, altered or no room.

    Example:
        >>> import tempfile
        >>> from nt_data.sources import RemoteFile
        >>> nowhere = RemoteFile("toy/a.txt", "http://127.0.0.1:9/a.txt", sha256="0" * 64, size=1)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     nowhere.fetch(cache_dir=folder, progress=False, retries=0)
        Traceback (most recent call last):
            ...
        nt_data...DownloadError: cannot download toy/a.txt from http://127.0.0.1:9/a.txt: ...
    """
