"""`multi30k`: captions of photographs in English, German and French."""

from __future__ import annotations

from nt_data._errors import DataError
from nt_data._samples import TextPairs
from nt_data.readers import read_bytes
from nt_data.readers._text import decoded
from nt_data.sources._options import Options
from nt_data.sources._remote import RemoteFile
from nt_data.sources._source import Source

__all__ = ["SOURCE", "load"]

_HOST = "https://raw.githubusercontent.com/multi30k/dataset/{}/data/task1/raw/"
_COMMIT = "a3d2e0d26b56f3846f66a952536ffed4e401d05a"
_FILES = {
    "train": "train", "validation": "val", "test": "test_2016_flickr",
    "test-2017": "test_2017_flickr", "test-2018": "test_2018_flickr",
}  # fmt: skip
_DIGESTS = {
    "test_2016_flickr.de": (
        22_890, "9204244e408ccb38d2a55cfcd344df15005fc42a07a6e55ca6c52b6ababb8cc8"),
    "test_2016_flickr.en": (
        21_077, "611d361c6334bc7246101d48097c13cf5c4413c5befc793cc629934359d532d9"),
    "test_2016_flickr.fr": (
        22_310, "6d326e188d259fb1d04ac19eae3af956559b3a0b93d7635e56c90987c40c8b90"),
    "test_2017_flickr.de": (
        21_471, "a2c89666db00c495cd8513b9d708d5a3acc205d7de312ef2bf5fb7ebc1540aee"),
    "test_2017_flickr.en": (
        19_138, "76a444ee25172e72695cddb13ae4a3bda59430617be88e0bb46b60504f054074"),
    "test_2017_flickr.fr": (
        20_434, "3ba671ceb2299f3304ffafefea7a833d08632fbaf0ba18546f8a2ec2391af496"),
    "test_2018_flickr.de": (
        26_461, "ddd0130c7d97482dc5197a02141dae8dd79f20f03586c480d675c09a32daf608"),
    "test_2018_flickr.en": (
        23_514, "ef4f4844037d4c5dea75c9a8ed5fd78905967a26f67c255e230cc9780032654d"),
    "test_2018_flickr.fr": (
        25_321, "fb2b83fcceb937a4f7e3e93c1c51c22aba92f1e342391e6b5ba392b16a920501"),
    "train.de": (
        637_044, "726e39b2fa9eb9ffb6dc763fb35a179f80fae06ffc5d28b6ace5faa883de28a6"),
    "train.en": (
        568_929, "d79cfa999dd4c51d2cb42499b6796d5a882c3a8a961923c25a898c90f8bbd56f"),
    "train.fr": (
        604_242, "622e75069e9f4c577425c4f277116ce66e63a2401c0a2312d90073cb12379a3c"),
    "val.de": (
        24_681, "f0cba2f995189cf5770f29a8a9a537a3ad3f51657ad873405082ff6863a5e75a"),
    "val.en": (
        21_650, "14f7d25ddd868909a9213e361768460edcacdd6ab9d1e77b92560dc10c10dc28"),
    "val.fr": (
        23_001, "ca3106f1a72390591d25f6c45cb4cd39dec4cd3f123e099748a3ce5256c160e9"),
}  # fmt: skip


def _file(name: str, size: int, sha256: str) -> RemoteFile:
    at, newest = (_HOST.format(commit) + f"{name}.gz" for commit in (_COMMIT, "master"))
    return RemoteFile(f"multi30k/{name}.gz", at, sha256, size, (newest,))


SOURCE = Source(
    name="multi30k",
    kind="text pairs",
    what="captions of photographs in English, German and French",
    licence="none is published; made from Flickr30K, for research that is not commercial",
    citation=(
        "Elliott, Frank, Sima'an, Specia: Multi30K: Multilingual English-German Image "
        "Descriptions. VL 2016, arXiv:1605.00459"
    ),
    url="https://github.com/multi30k/dataset",
    splits={
        "train": 28_996, "validation": 1_014, "test": 1_000, "test-2017": 1_000,
        "test-2018": 1_071,
    },
    how="the published split of task 1; test is test_2016_flickr; apart by the English caption",
    files=tuple(_file(name, *about) for name, about in _DIGESTS.items()),
    languages=("en", "de", "fr"),
)  # fmt: skip


def load(options: Options) -> dict[str, TextPairs]:
    """Read two languages of every part, and English to tell the parts apart."""
    paths = SOURCE.paths(options)
    one, other = options.languages or SOURCE.languages[:2]
    parts = {}
    for part, stem in _FILES.items():
        read = {
            language: _lines(decoded(read_bytes(path, max_bytes=2**26), str(path)))
            for language in {one, other, "en"}
            if (path := paths[f"{stem}.{language}.gz"])
        }
        if len({len(lines) for lines in read.values()}) > 1:
            told = ", ".join(f"{len(lines):,} in {name}" for name, lines in read.items())
            raise DataError(f"multi30k: {stem} has lines that do not match: {told}")
        parts[part] = TextPairs(
            read[one], read[other], read["en"], name=SOURCE.name, note=SOURCE.how
        )
    return parts


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.removesuffix("\n").split("\n")]
