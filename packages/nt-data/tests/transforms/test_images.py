"""Crops, flips, erasing and normalising: where each pixel comes from."""

from typing import Any

import numpy as np
import pytest
from nt_data import Draws
from nt_data.transforms import (
    CenterCrop,
    ColorJitter,
    Compose,
    CutMix,
    MixUp,
    Normalize,
    OnField,
    RandAugment,
    RandomCrop,
    RandomErasing,
    RandomHorizontalFlip,
    RandomResizedCrop,
    RandomVerticalFlip,
    Resize,
)
from nt_tensor import Generator
from numpy.typing import NDArray


def pictures(n: int = 16, height: int = 12, width: int = 10, channels: int = 3) -> NDArray[Any]:
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (n, height, width, channels), dtype=np.uint8)


ALL = [
    CenterCrop(5),
    RandomCrop((9, 10), padding=2),
    RandomCrop(8, padding=3, mode="reflect"),
    RandomHorizontalFlip(),
    RandomVerticalFlip(),
    Resize((7, 15)),
    RandomResizedCrop(6),
    RandomErasing(),
    RandomErasing(p=1.0, value="random"),
    ColorJitter(0.4, 0.4, 0.4, 0.1),
    RandAugment(),
    Normalize((0.1, 0.2, 0.3), 0.5),
]


@pytest.mark.parametrize("transform", ALL, ids=repr)
def test_a_sample_is_changed_alike_whatever_its_batch_and_nothing_in_place(transform: Any) -> None:
    images = pictures()
    before = images.copy()
    together = transform(images, Draws.of(1, 2, range(16)))
    assert (images == before).all()
    for part in (slice(0, 3), slice(3, 4), slice(4, 16)):
        draws = Draws.of(1, 2, range(16)[part])
        assert (transform(images[part], draws) == together[part]).all()


@pytest.mark.parametrize("transform", ALL, ids=repr)
def test_views_in_any_memory_layout_come_out_alike(transform: Any) -> None:
    images = pictures(4)
    turned = np.ascontiguousarray(images.transpose(3, 0, 2, 1)).transpose(1, 3, 2, 0)
    assert not turned.flags["C_CONTIGUOUS"]
    wanted = transform(images, Draws(range(4)))
    assert (transform(turned, Draws(range(4))) == wanted).all()
    assert transform(images[:0], Draws(np.arange(0))).shape == (0, *wanted.shape[1:])


@pytest.mark.parametrize("mode", ["constant", "edge", "reflect", "symmetric"])
def test_a_random_crop_is_a_window_of_the_padded_image(mode: str) -> None:
    images = pictures(200, 6, 5)
    fill = 7 if mode == "constant" else 0
    crops = RandomCrop((6, 5), padding=(2, 1), mode=mode, fill=fill)(images, Generator(0))
    options = {"constant_values": 7} if mode == "constant" else {}
    padded = np.pad(images, ((0, 0), (2, 2), (1, 1), (0, 0)), mode, **options)  # type: ignore[call-overload]
    seen = set()
    for crop, whole in zip(crops, padded, strict=True):
        places = [
            (r, c)
            for r in range(5)
            for c in range(3)
            if (whole[r : r + 6, c : c + 5] == crop).all()
        ]
        assert places
        seen.update(places)
    assert len(seen) == 15  # every place occurs


def test_flips_mirror_about_half_of_the_images_one_way_only() -> None:
    images = pictures(400, 3, 4, 3)
    for flip, axis in ((RandomHorizontalFlip(), 2), (RandomVerticalFlip(), 1)):
        result = flip(images, Generator(1))
        same = (result == images).all((1, 2, 3))
        mirrored = (result == np.flip(images, axis)).all((1, 2, 3))
        assert (same | mirrored).all()
        assert 150 < mirrored.sum() < 250
        floats = flip(images.astype(np.float32), Generator(1))
        assert (floats == result).all()
    assert (RandomHorizontalFlip(0.0)(images, Generator(0)) == images).all()


def test_normalising_is_the_equation() -> None:
    images = pictures()
    mean, std = np.array([0.4, 0.5, 0.6]), np.array([0.2, 0.25, 0.3])
    wanted = (images / 255 - mean) / std
    normalize = Normalize(tuple(mean), tuple(std))
    np.testing.assert_allclose(normalize(images), wanted, atol=1e-6)
    np.testing.assert_allclose(normalize((images / 255).astype(np.float32)), wanted, atol=1e-6)
    assert normalize(images).dtype == np.float32


def test_erasing_hides_one_rectangle_of_the_share_that_was_asked() -> None:
    images = np.ones((300, 40, 40, 1), np.float32)
    erased = RandomErasing(p=0.5)(images, Generator(0)) == 0
    shares = erased.mean((1, 2, 3))
    assert 100 < (shares > 0).sum() < 200
    hit = shares > 0
    assert shares[hit].min() > 0.015
    assert shares.max() < 0.345
    rows, columns = erased.any((2, 3)).sum(1), erased.any((1, 3)).sum(1)
    assert (rows * columns == erased.sum((1, 2, 3))).all()  # a full rectangle
    ratio = rows[hit] / columns[hit]
    assert ratio.min() > 0.25
    assert ratio.max() < 4
    noise = RandomErasing(p=1.0, value="random")(
        np.zeros((20, 40, 40, 1), np.float32), Generator(0)
    )
    assert abs(noise[noise != 0].std() - 1) < 0.1


def test_mixup_is_the_equation() -> None:
    images, labels = pictures(64), np.arange(64) % 5
    mixed, soft = MixUp(5, alpha=1.0)((images, labels), Generator(0))
    hot = np.eye(5)[labels]
    other, neighbour = np.roll(hot, 1, 0), np.roll(images, 1, 0) / 255
    share = soft[np.arange(64), labels][:, None, None, None]
    np.testing.assert_allclose(mixed, share * images / 255 + (1 - share) * neighbour, atol=1e-6)
    wide = share[:, :, 0, 0]
    np.testing.assert_allclose(soft, wide * hot + (1 - wide) * other, atol=1e-6)
    assert abs(share.mean() - 0.5) < 0.15
    assert share.std() > 0.2
    again, _ = MixUp(5, alpha=1.0)((images, soft), Generator(0))  # soft labels are labels too
    assert (again == mixed).all()


def test_cutmix_pastes_a_box_and_pays_for_its_area() -> None:
    images = np.repeat(np.arange(1, 65, dtype=np.uint8), 16 * 16).reshape(64, 16, 16, 1)
    labels = np.arange(64)
    mixed, soft = CutMix(64)((images, labels), Generator(0))
    assert mixed.dtype == np.uint8
    for i in range(64):
        pasted = mixed[i, ..., 0] == images[i - 1, 0, 0, 0]
        kept = mixed[i, ..., 0] == images[i, 0, 0, 0]
        assert (pasted ^ kept).all()
        assert pasted.any(1).sum() * pasted.any(0).sum() == pasted.sum()
        assert soft[i, labels[i]] == pytest.approx(kept.mean())
        assert soft[i].sum() == pytest.approx(1)


def test_resized_crops_come_from_everywhere_and_keep_a_flat_image_flat() -> None:
    flat = np.full((50, 30, 20, 3), 77, np.uint8)
    assert (RandomResizedCrop(8)(flat, Generator(0)) == 77).all()
    ramp = np.broadcast_to(np.arange(100, dtype=np.float32)[:, None, None], (100, 100, 1))
    crops = RandomResizedCrop(8)(np.stack([ramp] * 100), Generator(0))
    top, height = crops[:, 0, 0, 0], crops[:, -1, 0, 0] - crops[:, 0, 0, 0]
    assert top.min() < 5
    assert top.max() > 40
    assert height.min() < 40
    assert height.max() > 70


def test_compose_and_fields() -> None:
    images, labels = pictures(), np.arange(16)
    both = Compose(RandomCrop(8), RandomHorizontalFlip())
    draws = Draws(range(16))
    wanted = RandomHorizontalFlip()(RandomCrop(8)(images, draws), draws)
    got, kept = OnField(0, both)((images, labels), Draws(range(16)))
    assert (got == wanted).all()
    assert kept is labels
    named = OnField("image", both)({"image": images, "label": labels}, Draws(range(16)))
    assert (named["image"] == wanted).all()
    assert named["label"] is labels
    with pytest.raises(TypeError, match="tuple or a dictionary, got ndarray"):
        OnField(0, both)(images, Generator(0))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: CenterCrop(0)(pictures(), Generator(0)), "size must be a whole number or two"),
        (lambda: CenterCrop(99)(pictures(), Generator(0)), r"size \(99, 99\) must be at most"),
        (lambda: RandomCrop(12)(pictures(), Generator(0)), "must be at most"),
        (lambda: RandomCrop(4, mode="wrap"), "mode must be one of constant"),
        (lambda: RandomCrop(4, padding=-1), "padding must be"),
        (lambda: RandomCrop(4, padding=10, mode="reflect")(pictures(), Generator(0)), "below"),
        (lambda: RandomHorizontalFlip(1.5), r"p \(1.5\) must be from 0 to 1"),
        (lambda: Normalize(0.5, 0.0), "std must be positive"),
        (lambda: Normalize((0.1, 0.2), 1.0)(pictures()), "mean has 2 numbers for 3 channels"),
        (lambda: Resize(4, "cubic"), "interpolation must be"),
        (lambda: Resize(4)(pictures()[0]), r"got shape \(12, 10, 3\)"),
        (lambda: Resize(4)(pictures().astype(np.float64)), "dtype float64"),
        (lambda: RandomErasing(scale=(0.3, 0.2)), "in order"),
        (lambda: RandomErasing(value="noise"), "'random', got 'noise'"),
        (lambda: ColorJitter(brightness=-1), r"brightness \(-1\)"),
        (lambda: ColorJitter(hue=0.6), r"hue \(0.6\)"),
        (lambda: RandAugment(magnitude=31), r"magnitude \(31\)"),
        (lambda: RandAugment()(pictures().astype(np.float32), Generator(0)), "bytes, got float32"),
        (lambda: RandAugment().apply("Cutout", pictures(), np.ones(16)), "name must be one of"),
        (lambda: MixUp(3, alpha=0.0), "must be positive"),
        (lambda: MixUp(3)((pictures(2), np.array([0, 3])), Generator(0)), "there are 3 classes"),
        (lambda: CutMix(3)((pictures(2), np.array([0.5, 1])), Generator(0)), "labels must be 2"),
    ],
)
def test_what_cannot_be_done_is_refused(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda bad: ColorJitter(brightness=bad), "brightness"),
        (lambda bad: ColorJitter(contrast=bad), "contrast"),
        (lambda bad: ColorJitter(saturation=bad), "saturation"),
        (lambda bad: ColorJitter(hue=bad), "hue"),
        (lambda bad: MixUp(3, alpha=bad), "alpha"),
        (lambda bad: CutMix(3, alpha=bad), "alpha"),
        (lambda bad: Normalize(bad, 1.0), "mean"),
        (lambda bad: Normalize((0.5, bad), 1.0), "mean"),
        (lambda bad: Normalize(0.5, bad), "std"),
        (lambda bad: Normalize(0.5, (1.0, bad)), "std"),
        (lambda bad: RandomErasing(p=bad), "p"),
        (lambda bad: RandomErasing(scale=(0.1, bad)), "scale"),
        (lambda bad: RandomErasing(ratio=(0.1, bad)), "ratio"),
        (lambda bad: RandomErasing(value=bad), "value"),
        (lambda bad: RandomResizedCrop(4, scale=(0.1, bad)), "scale"),
        (lambda bad: RandomResizedCrop(4, ratio=(0.1, bad)), "ratio"),
        (lambda bad: RandomResizedCrop((4, bad)), "size"),
        (lambda bad: RandomCrop(4, fill=bad), "fill"),
        (lambda bad: RandomCrop(bad), "size"),
        (lambda bad: RandomCrop(4, padding=(bad, 1)), "padding"),
        (lambda bad: CenterCrop(bad), "size"),
        (lambda bad: Resize((bad, 4)), "size"),
        (lambda bad: RandAugment(num_ops=bad), "num_ops"),
        (lambda bad: RandAugment(magnitude=bad), "magnitude"),
        (lambda bad: RandAugment(fill=bad), "fill"),
        (lambda bad: RandomHorizontalFlip(bad), "p"),
        (lambda bad: RandomVerticalFlip(bad), "p"),
    ],
)
def test_nan_and_infinity_are_refused_when_a_transform_is_made(
    make: Any, name: str, bad: float
) -> None:
    with pytest.raises(ValueError, match=rf"^{name} .*{bad}"):
        make(bad)


@pytest.mark.parametrize("bad", [-1, 1.5])
def test_operations_are_counted_in_whole_numbers(bad: Any) -> None:
    with pytest.raises(ValueError, match=rf"num_ops \({bad}\) must be a whole number"):
        RandAugment(num_ops=bad)
