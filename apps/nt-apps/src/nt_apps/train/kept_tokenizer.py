"""The tokenizer in a run's folder: written once, and read again only with the weights it made."""

from __future__ import annotations

from pathlib import Path

from nt_data import TokenizerError
from nt_data.tokenizers import Tokenizer, load_tokenizer

from nt_apps.errors import UserError, naming, telling

__all__ = ["keep_tokenizer", "read_tokenizer", "reopen_tokenizer"]

FILE = "tokenizer.json"


def keep_tokenizer(tokenizer: Tokenizer, folder: Path) -> None:
    """Write a run's tokenizer.

    Raises:
        UserError: the file cannot be written.
    """
    with naming(folder / FILE):
        tokenizer.save(folder / FILE)


def read_tokenizer(folder: Path) -> Tokenizer:
    """Read a run's tokenizer.

    Raises:
        UserError: the file is missing, cut short or altered.
    """
    with telling(TokenizerError, FileNotFoundError):
        return load_tokenizer(folder / FILE)


def reopen_tokenizer(folder: Path, vocab_size: int | None) -> Tokenizer:
    """Read a run's tokenizer, and see that it is the one that the weights were trained with.

    Args:
        folder: the run's.
        vocab_size: how many tokens the checkpoint's model tells apart; None where it says nothing.

    Raises:
        UserError: the file is missing, cut short or altered, or has another number of tokens.

    Example:
        >>> import tempfile
        >>> from nt_data.tokenizers import CharTokenizer
        >>> folder = Path(tempfile.mkdtemp())
        >>> keep_tokenizer(CharTokenizer("abc"), folder)
        >>> reopen_tokenizer(folder, 3).vocab_size
        3
    """
    tokenizer = read_tokenizer(folder)
    if tokenizer.vocab_size != vocab_size:
        raise UserError(
            f"{folder / FILE} has {tokenizer.vocab_size} tokens, the checkpoint was trained with "
            f"{vocab_size}: they do not belong together"
        )
    return tokenizer
