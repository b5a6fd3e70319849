"""`wikitext-2`: two million words of good Wikipedia articles, the classic word-level text."""

from __future__ import annotations

from nt_data.readers._text import decoded
from nt_data.sources._options import Options
from nt_data.sources._remote import RemoteFile
from nt_data.sources._source import Source
from nt_data.sources._split import TextSplit, first_bytes

__all__ = ["SOURCE", "load"]

_EXAMPLES = (
    "https://raw.githubusercontent.com/pytorch/examples/{}/word_language_model/data/wikitext-2/"
)
_COMMIT = "77f55b912142e11fcfdf5b530231fb9c52f181e8"


def _file(name: str, sha256: str, size: int) -> RemoteFile:
    at, newest = (_EXAMPLES.format(commit) + name for commit in (_COMMIT, "main"))
    return RemoteFile(f"wikitext-2/{name}", at, sha256, size, (newest,))


SOURCE = Source(
    name="wikitext-2",
    kind="text",
    what="720 Wikipedia articles, words apart, rare ones as <unk>",
    licence="CC BY-SA 3.0 and GFDL, Wikipedia's authors (as the Salesforce/wikitext card reports)",
    citation=(
        "Merity, Xiong, Bradbury, Socher: Pointer Sentinel Mixture Models. ICLR 2017, "
        "arXiv:1609.07843"
    ),
    url="https://huggingface.co/datasets/Salesforce/wikitext",
    splits={"train": 10_780_437, "validation": 1_120_192, "test": 1_255_018},
    how="the published split, by article: 600 to train, 60 to validate, 60 to test",
    files=(
        _file(
            "train.txt",
            "9e9fa1ad55b1c2c95b08e37dd8e653f638fac2c6de904b79e813611eefbc985f",
            10_797_148,
        ),
        _file(
            "valid.txt",
            "f0737ed31fc1329026e95cb8b98e19c2a182c39c240ab909dc31abf2f8af58e8",
            1_121_681,
        ),
        _file(
            "test.txt",
            "d790b833ef8cf03a90db7bf1271b7520b83c45ce07ba3c1a9699df81e239eca0",
            1_256_449,
        ),
    ),
)


def load(options: Options) -> TextSplit:
    """Read the three parts; `max_bytes` shortens each in proportion."""
    paths = SOURCE.paths(options)
    whole = SOURCE.size
    train, validation, test = (
        first_bytes(
            decoded(paths[file.name.rsplit("/", 1)[-1]].read_bytes(), file.name),
            None if options.max_bytes is None else options.max_bytes * file.size // whole,
        )
        for file in SOURCE.files
    )
    return TextSplit(
        name=SOURCE.name,
        train=train,
        validation=validation,
        test=test,
        split=SOURCE.how,
        licence=SOURCE.licence,
        url=SOURCE.url,
    )
