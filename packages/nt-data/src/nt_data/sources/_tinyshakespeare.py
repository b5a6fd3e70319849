"""`tinyshakespeare`: a megabyte of plays, the classic first text of a character model."""

from __future__ import annotations

from nt_data.readers._text import decoded
from nt_data.sources._options import Options
from nt_data.sources._remote import RemoteFile
from nt_data.sources._source import Source
from nt_data.sources._split import TextSplit, first_bytes, split_by_position

__all__ = ["FILE", "SOURCE", "load"]

FILE = RemoteFile(
    name="tinyshakespeare/input.txt",
    url="https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
    sha256="86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    size=1_115_394,
)
SOURCE = Source(
    name="tinyshakespeare",
    kind="text",
    what="40,000 lines of Shakespeare, 65 distinct characters",
    licence="public domain (Shakespeare); compiled in karpathy/char-rnn, MIT",
    citation="Karpathy: The Unreasonable Effectiveness of Recurrent Neural Networks. 2015",
    url="https://github.com/karpathy/char-rnn",
    splits={"train": 1_003_854, "validation": 111_540},
    how="first 90 % of the characters to train, last 10 % to validate (nanoGPT's)",
    files=(FILE,),
)


def load(options: Options) -> TextSplit:
    """Read the text, downloaded if it is not there, with nanoGPT's split."""
    path = FILE.fetch(
        data_dir=options.data_dir, cache_dir=options.cache_dir, progress=options.progress
    )
    text = first_bytes(decoded(path.read_bytes(), str(path)), options.max_bytes)
    train, validation = split_by_position(text)
    return TextSplit(
        name="tinyshakespeare",
        train=train,
        validation=validation,
        split=SOURCE.how,
        licence=SOURCE.licence,
        url=FILE.url,
    )
