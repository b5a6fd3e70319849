"""How fast batches arrive: transforms alone, and the loader's threads and processes beside a step.

python tools/bench/feed.py            (OPENBLAS_NUM_THREADS=1 for a step of one thread)
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from nt_data import ArrayDataset, DataLoader, Draws
from nt_data.transforms import (
    ColorJitter,
    Compose,
    Normalize,
    OnField,
    RandAugment,
    RandomCrop,
    RandomErasing,
    RandomHorizontalFlip,
    RandomResizedCrop,
)

BATCH = 128
STEP = 0.02  # seconds


class WrittenInPython:
    """A data set whose own code takes the time, about 0.14 ms a sample."""

    def __len__(self) -> int:
        return 4096

    def __getitem__(self, index: int) -> np.float32:
        return np.float32(sum(k * index % 7 for k in range(2500)))


def median(action: Callable[[], Any], repeats: int = 60) -> float:
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        action()
        times.append(time.perf_counter() - begin)
    return sorted(times)[repeats // 2]


def transforms() -> None:
    for shape in ((32, 32, 3), (28, 28, 1)):
        images = np.random.default_rng(0).integers(0, 256, (BATCH, *shape), dtype=np.uint8)
        fast = Compose(RandomCrop(shape[0], padding=4), RandomHorizontalFlip(), Normalize(0.5, 0.2))
        jitter, crop = ColorJitter(0.4, 0.4, 0.4, 0.1), RandomResizedCrop(shape[0])
        print(f"{shape}, images a second, one thread")
        for transform in (fast, *fast.transforms, jitter, RandAugment(), RandomErasing(), crop):

            def run(transform: Any = transform) -> Any:
                return transform(images, Draws.of(0, 0, range(BATCH)))  # noqa: B023

            rate = BATCH / median(run)
            print(f"  {type(transform).__name__:22s}{rate:12,.0f}")


def loaders() -> None:
    images = np.random.default_rng(0).integers(0, 256, (16384, 32, 32, 3), dtype=np.uint8)
    data = ArrayDataset(images, np.arange(len(images)))
    crop, flip, normalize = RandomCrop(32, padding=4), RandomHorizontalFlip(), Normalize(0.5, 0.2)
    cases: dict[str, tuple[Any, Any]] = {
        "crop, flip, normalise": (data, OnField(0, Compose(crop, flip, normalize))),
        "the same and RandAugment": (
            data,
            OnField(0, Compose(crop, flip, RandAugment(), normalize)),
        ),
        "a data set in Python": (WrittenInPython(), None),
    }
    matrix = np.ones((700, 700), np.float32)
    print("samples a second alone; milliseconds waited a step of 20 ms of matrix products")
    for name, (dataset, transform) in cases.items():
        for worker, number in (
            ("thread", 0), ("thread", 1), ("thread", 2), ("process", 1), ("process", 2)
        ):  # fmt: skip
            loader = DataLoader(
                dataset, BATCH, shuffle=True, transform=transform, prefetch=4,
                num_workers=number, worker=worker,  # type: ignore[arg-type]
            )  # fmt: skip
            batches = loader.forever()
            next(batches)
            begin = time.perf_counter()
            for _ in range(len(loader)):
                next(batches)
            rate = len(dataset) / (time.perf_counter() - begin)
            waited = 0.0
            for _ in range(25):
                begin = time.perf_counter()
                next(batches)
                now = time.perf_counter()
                waited += now - begin
                while time.perf_counter() < now + STEP:
                    matrix @ matrix
            print(f"  {name:26s}{number} {worker:8s}{rate:12,.0f}{waited / 25 * 1000:8.2f}")
            batches.close()
            loader.close()


if __name__ == "__main__":
    transforms()
    loaders()
