"""Resizing, colours and RandAugment against Pillow, bytes bit for bit."""

from typing import Any

import numpy as np
import pytest
from nt_data.transforms import ColorJitter, RandAugment, Resize
from nt_tensor import Generator
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageOps

FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
}
SIZES = [(33, 47), (32, 32), (5, 90)]


def pictures(size: tuple[int, int], channels: int) -> NDArray[np.uint8]:
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (3, *size, channels), dtype=np.uint8)
    noise[1] //= 3
    noise[2] = np.linspace(30, 200, noise[2].size).reshape(noise[2].shape)
    return noise


def pillow(image: NDArray[Any]) -> Any:
    return Image.fromarray(image if image.shape[2] == 3 else image[..., 0])


@pytest.mark.parametrize("interpolation", FILTERS)
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", SIZES)
def test_resized_bytes_are_pillows(
    size: tuple[int, int], channels: int, interpolation: str
) -> None:
    images = pictures(size, channels)
    for new in ((4, 20), (64, 128), (size[0], 20), (9, size[1]), size, (1, 1)):
        result = Resize(new, interpolation)(images)
        for image, got in zip(images, result, strict=True):
            # Columns, then rows: which comes first when both are asked for depends on the version.
            columns = pillow(image).resize((new[1], size[0]), FILTERS[interpolation])
            wanted = np.asarray(columns.resize(new[::-1], FILTERS[interpolation]))
            assert (got == wanted.reshape(got.shape)).all()


@pytest.mark.parametrize("interpolation", FILTERS)
def test_resized_floats_are_pillows(interpolation: str) -> None:
    images = pictures((33, 47), 1).astype(np.float32)
    result = Resize((12, 90), interpolation)(images)
    for image, got in zip(images, result, strict=True):
        wanted = Image.fromarray(image[..., 0]).resize((90, 12), FILTERS[interpolation])
        np.testing.assert_allclose(got[..., 0], np.asarray(wanted), atol=1e-3)


# torch.nn.functional.interpolate(x, size, mode=..., align_corners=False) of PyTorch 2.13.
TORCH: list[tuple[str, tuple[int, int], list[list[float]]]] = [
    ("bilinear", (3, 7), [
        [1.0, 3.8571, 8.4286, 13.0, 17.5714, 22.1429, 25.0],
        [6.0, 8.8571, 13.4286, 18.0, 20.5, 8.5, 1.0],
        [11.0, 13.8571, 18.4286, 23.0, 25.5, 13.5, 6.0]]),
    ("bilinear", (2, 2), [[6.25, 22.25], [13.75, 15.25]]),
    ("bicubic", (3, 7), [
        [-0.016, 3.0117, 7.9505, 12.6267, 17.6972, 23.6059, 27.3425],
        [5.2063, 8.234, 13.1727, 20.7188, 21.168, 8.6476, -1.0835],
        [10.4285, 13.4562, 18.395, 25.941, 26.3902, 13.8698, 4.1387]]),
    ("bicubic", (2, 2), [[5.2539, 24.2832], [13.2461, 16.2461]]),
]  # fmt: skip


@pytest.mark.parametrize(("interpolation", "size", "wanted"), TORCH)
def test_without_antialias_floats_are_pytorchs(
    interpolation: str, size: tuple[int, int], wanted: list[list[float]]
) -> None:
    x = (np.arange(20) * 37 % 29).astype(np.float32).reshape(1, 5, 4, 1)
    got = Resize(size, interpolation, antialias=False)(x)[0, ..., 0]
    np.testing.assert_allclose(got, wanted, atol=1e-4)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("magnitude", [0, 7, 13, 30])
def test_the_operations_of_randaugment_are_pillows(
    size: tuple[int, int], channels: int, magnitude: int
) -> None:
    images, share = pictures(size, channels), magnitude / 30
    augment = RandAugment(magnitude=magnitude)
    for sign in (1, -1):
        factor = 1 + 0.9 * share * sign

        def sheared(x: Any, *matrix: float) -> Any:
            return x.transform(x.size, Image.Transform.AFFINE, matrix)

        right, down = (int(150 / 331 * share * sign * length) for length in size[::-1])
        wanted: dict[str, Any] = {
            "Identity": lambda x: x,
            "ShearX": lambda x: sheared(x, 1, 0.3 * share * sign, 0, 0, 1, 0),  # noqa: B023
            "ShearY": lambda x: sheared(x, 1, 0, 0, 0.3 * share * sign, 1, 0),  # noqa: B023
            "TranslateX": lambda x: sheared(x, 1, 0, right, 0, 1, 0),  # noqa: B023
            "TranslateY": lambda x: sheared(x, 1, 0, 0, 0, 1, down),  # noqa: B023
            "Brightness": lambda x: ImageEnhance.Brightness(x).enhance(factor),  # noqa: B023
            "Color": lambda x: ImageEnhance.Color(x).enhance(factor),  # noqa: B023
            "Contrast": lambda x: ImageEnhance.Contrast(x).enhance(factor),  # noqa: B023
            "Sharpness": lambda x: ImageEnhance.Sharpness(x).enhance(factor),  # noqa: B023
            "Posterize": lambda x: ImageOps.posterize(x, 8 - round(4 * share)),
            "Solarize": lambda x: ImageOps.solarize(x, 255 * (1 - share)),
            "AutoContrast": ImageOps.autocontrast,
            "Equalize": ImageOps.equalize,
        }
        for name, operation in wanted.items():
            result = augment.apply(name, images, np.full(3, sign))
            for image, got in zip(images, result, strict=True):
                assert (got == np.asarray(operation(pillow(image))).reshape(got.shape)).all(), name
        # Pillow rounds the matrix of a rotation before it uses it: a pixel in a thousand differs.
        result = augment.apply("Rotate", images, np.full(3, sign))
        for image, got in zip(images, result, strict=True):
            turned = np.asarray(pillow(image).rotate(-30 * share * sign)).reshape(got.shape)
            assert (got != turned).mean() < 0.005


def test_every_published_operation_is_drawn() -> None:
    images = np.broadcast_to(pictures((12, 12), 3)[:1], (2000, 12, 12, 3)).copy()
    augment = RandAugment(num_ops=1, magnitude=15)
    result = augment(images, Generator(0))
    kinds, counts = np.unique(result.reshape(2000, -1), axis=0, return_counts=True)
    # Five operations have one form, nine a form in each direction; on noise some change nothing.
    assert 18 <= len(kinds) <= 23
    assert counts.min() > 30
    assert (RandAugment(num_ops=0)(images, Generator(0)) == images).all()


def test_hue_turns_the_colour_circle_and_keeps_value_and_grey() -> None:
    from nt_data.transforms._image_ops import hue

    colours = np.eye(3, dtype=np.float32).reshape(1, 3, 1, 3)
    third = hue(colours, np.array([1 / 3]))
    np.testing.assert_allclose(third, np.roll(colours, 1, 3), atol=1e-6)
    noise = pictures((8, 8), 3)
    turned = hue(noise, np.array([0.1, -0.5, 0.5]))
    assert (turned.max(3) == noise.max(3)).all()
    assert (turned.min(3) == noise.min(3)).all()
    assert (turned != noise).any((1, 2, 3)).all()
    back = hue(turned, np.array([-0.1, 0.5, -0.5]))
    assert np.abs(back.astype(int) - noise).max() <= 3
    grey = np.full((1, 2, 2, 3), 77, np.uint8)
    assert (hue(grey, np.array([0.3])) == grey).all()


def test_jitter_stays_within_its_bounds_and_changes_each_image_by_itself() -> None:
    flat = np.full((500, 2, 2, 1), 100, np.uint8)
    values = ColorJitter(brightness=0.4)(flat, Generator(0))[:, 0, 0, 0]
    assert values.min() >= 59
    assert values.max() <= 140
    assert values.min() < 65
    assert values.max() > 135
    assert len(np.unique(values)) > 60
    assert (ColorJitter()(flat, Generator(0)) == flat).all()
    floats = ColorJitter(1, 1, 1, 0.5)(
        np.random.default_rng(0).random((9, 4, 4, 3), np.float32), Generator(1)
    )
    assert floats.dtype == np.float32
    assert floats.min() >= 0
    assert floats.max() <= 1
