"""A folder of your own images becomes three splits that share nothing."""

from pathlib import Path

import numpy as np
import pytest
from nt_data import DataError
from nt_data.sources import load_image_splits

Image = pytest.importorskip("PIL.Image")


def write(root: Path, name: str, count: int, first: int = 0, side: int = 6) -> None:
    (root / name).mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng([first, len(name)])
    for i in range(first, first + count):
        pixels = draw.integers(0, 256, (side, side, 3), np.uint8)
        Image.fromarray(pixels).save(root / name / f"{i}.png")


def test_what_has_no_split_is_divided_by_the_image_itself(tmp_path: Path) -> None:
    for name in ("cat", "horse"):
        write(tmp_path / "pets", name, 100)
    twin = (tmp_path / "pets/cat/0.png").read_bytes()
    for i in range(20):
        (tmp_path / "pets" / "cat" / f"twin{i}.png").write_bytes(twin)
    splits = load_image_splits(tmp_path / "pets")
    assert list(splits) == ["train", "validation", "test"]
    sizes = {name: len(part) for name, part in splits.items()}
    assert sum(sizes.values()) == 200
    assert all(5 <= sizes[name] <= 40 for name in ("validation", "test"))
    seen = [image for part in splits.values() for image in part.identities()]
    assert len(set(seen)) == len(seen)
    assert all(part.classes == ("cat", "horse") for part in splits.values())
    assert "by the hash of the image" in splits["test"].note
    (tmp_path / "pets/horse/77.png").unlink()  # the others keep their splits
    fewer = load_image_splits(str(tmp_path / "pets"))
    assert all(set(fewer[name].identities()) <= set(splits[name].identities()) for name in splits)


def test_folders_of_splits_are_taken_as_they_are_but_for_what_a_later_one_has(
    tmp_path: Path,
) -> None:
    for i, split in enumerate(("train", "val", "test")):
        for name in ("cat", "horse"):
            write(tmp_path / split, name, 8, first=100 * i)
    for split in ("train", "val"):
        (tmp_path / split / "cat/leaked.png").write_bytes(
            (tmp_path / "test/cat/200.png").read_bytes()
        )
    splits = load_image_splits(tmp_path)
    assert {name: len(part) for name, part in splits.items()} == dict.fromkeys(splits, 16)
    assert "1 of 17 left out" in splits["train"].note
    assert splits["test"].labels.tolist() == [0] * 8 + [1] * 8


def test_images_of_all_sizes_are_brought_to_one(tmp_path: Path) -> None:
    write(tmp_path, "cat", 40, side=9)
    write(tmp_path, "horse", 40, side=7)
    with pytest.raises(DataError, match="7 x 7 and"):
        load_image_splits(tmp_path)
    train = load_image_splits(tmp_path, size=5, mode="L")["train"]
    assert train.images.shape[1:] == (5, 5, 1)
    assert set(train.labels.tolist()) == {0, 1}


def test_folders_that_make_no_data_set_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no folder is called 'nowhere'; .* digits, mnist"):
        load_image_splits("nowhere")
    with pytest.raises(DataError, match=r"wikitext-2 holds text, not images"):
        load_image_splits("wikitext-2")
    with pytest.raises(DataError, match=r"size \(32\) is for images of your own"):
        load_image_splits("mnist", size=32)
    write(tmp_path / "few", "cat", 1)
    with pytest.raises(DataError, match="few has too few images: none is left for"):
        load_image_splits(tmp_path / "few")
    with pytest.raises(DataError, match=r"size \(0\) must be at least 1"):
        load_image_splits(tmp_path / "few", size=0)
    write(tmp_path / "odd" / "test", "cat", 3)
    with pytest.raises(DataError, match="has 'test' but no folder 'train'"):
        load_image_splits(tmp_path / "odd")
    for split, name in (("train", "cat"), ("test", "dog")):
        write(tmp_path / "strange" / split, name, 30)
    with pytest.raises(DataError, match="dog is none of the classes cat"):
        load_image_splits(tmp_path / "strange")
