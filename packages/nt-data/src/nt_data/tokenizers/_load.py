"""Reading a tokenizer back from its file, of which nothing is believed before it is checked."""

from __future__ import annotations

import json
import os
from pathlib import Path

from nt_data._errors import TokenizerError
from nt_data.tokenizers._base import FORMAT, VERSION, Tokenizer
from nt_data.tokenizers._bpe import BPETokenizer
from nt_data.tokenizers._byte import ByteTokenizer
from nt_data.tokenizers._byte_alphabet import from_printable
from nt_data.tokenizers._char import CharTokenizer

__all__ = ["load_gpt2_tokenizer", "load_tokenizer"]

_KINDS: dict[str, type[Tokenizer]] = {
    kind.kind: kind for kind in (CharTokenizer, ByteTokenizer, BPETokenizer)
}


def load_tokenizer(path: str | os.PathLike[str]) -> Tokenizer:
    """Read the tokenizer that `Tokenizer.save` wrote, of whichever kind it is.

    Raises:
        FileNotFoundError: there is no such file.
        TokenizerError: the file is cut short, altered or of another format; names the file.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     CharTokenizer("abc").save(folder + "/tokenizer.json")
        ...     load_tokenizer(folder + "/tokenizer.json").vocab_size
        3
    """
    try:
        fields = json.loads(Path(path).read_bytes())
    except (ValueError, RecursionError) as error:  # not UTF-8, not JSON, or brackets without end
        raise TokenizerError(f"{path} is cut short or is no JSON: {error}") from error
    if not isinstance(fields, dict) or fields.get("format") != FORMAT:
        raise TokenizerError(f'{path} is no tokenizer of this library: no "format": "{FORMAT}"')
    if fields.get("version") != VERSION:
        raise TokenizerError(
            f"{path} has version {fields.get('version')!r} of the format; this library reads "
            f"version {VERSION}"
        )
    kind = fields.get("kind")
    if not isinstance(kind, str) or kind not in _KINDS:
        raise TokenizerError(f"{path} has the unknown kind {kind!r}; known: {', '.join(_KINDS)}")
    try:
        return _KINDS[kind]._from_fields(fields)
    except KeyError as error:
        raise TokenizerError(f"{path} lacks the field {error}") from error
    except (TypeError, ValueError, OverflowError) as error:
        raise TokenizerError(f"{path} holds no valid {kind} tokenizer: {error}") from error


def load_gpt2_tokenizer(
    encoder: str | os.PathLike[str], merges: str | os.PathLike[str]
) -> BPETokenizer:
    r"""Read the two files that OpenAI published with GPT-2.

    Args:
        encoder: `encoder.json` (elsewhere `vocab.json`), token -> id.
        merges: `vocab.bpe` (elsewhere `merges.txt`), one pair a line after a line with the version.

    Raises:
        FileNotFoundError: one of the files is missing.
        TokenizerError: the files are damaged or do not belong together.

    Example:
        >>> import tempfile
        >>> trained = BPETokenizer.train("the the", 259)
        >>> names = trained.token_strings()
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     encoder, merges = Path(folder, "encoder.json"), Path(folder, "vocab.bpe")
        ...     _ = encoder.write_text(json.dumps({name: i for i, name in enumerate(names)}))
        ...     _ = merges.write_text("#version: 0.2\nh e\nt he\n")
        ...     load_gpt2_tokenizer(encoder, merges).encode("the<|endoftext|>")
        array([258,   0], dtype=uint16)
    """
    try:
        ids = dict(json.loads(Path(encoder).read_bytes()))
        names = sorted(ids, key=ids.__getitem__)
        if [ids[name] for name in names] != list(range(len(ids))):
            raise TokenizerError("the ids are not 0, 1, 2, ... without a gap")
    except (TypeError, ValueError) as error:
        raise TokenizerError(f"{encoder} holds no vocabulary: {error}") from error
    special = {name: ids[name] for name in ("<|endoftext|>",) if name in ids}
    try:
        lines = Path(merges).read_text("utf-8").split("\n")
        pairs = [line.split(" ") for line in lines if line and not line.startswith("#version")]
        return BPETokenizer(
            [name.encode() if name in special else from_printable(name) for name in names],
            [(ids[left], ids[right]) for left, right in pairs],
            special,
        )
    except KeyError as error:
        raise TokenizerError(f"{merges} merges {error}, which {encoder} does not have") from error
    except ValueError as error:
        raise TokenizerError(f"{merges} holds no merges for {encoder}: {error}") from error
