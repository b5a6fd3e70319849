"""ResNet's published weights: transformers' names and torchvision's, which timm shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nt_models._resnet_config import ResNetConfig
from nt_models.resnet import ResNet

from ._architecture import Architecture, read_options
from ._labels import read_labels, write_labels
from ._table import Table

__all__ = ["ARCHITECTURES"]

RENAMED = {
    "depths": "depths",
    "hidden_sizes": "widths",
    "layer_type": "block",
    "embedding_size": "stem_width",
    "num_channels": "channels",
    "hidden_act": "activation",
    "downsample_in_bottleneck": "stride_in_1x1",
    "downsample_in_first_stage": "stride_in_first_stage",
}
DEFAULTS = {
    "depths": (3, 4, 6, 3),
    "hidden_sizes": (256, 512, 1024, 2048),
    "layer_type": "bottleneck",
    "embedding_size": 64,
    "num_channels": 3,
    "hidden_act": "relu",
    "downsample_in_bottleneck": False,
    "downsample_in_first_stage": False,
}
BACKBONE = ("out_features", "out_indices", "stage_names")  # which stages a detector reads
RENAMED_TORCHVISION = {
    "block": "block",
    "layers": "depths",
    "layer_planes": "widths",
    "stem_width": "stem_width",
    "groups": "groups",
    "width_per_group": "group_width",
    "num_classes": "classes",
    "bn_eps": "norm_eps",
    "bn_momentum": "norm_momentum",
}
DEFAULTS_TORCHVISION = {
    "layer_planes": (64, 128, 256, 512),
    "stem_width": 64,
    "groups": 1,
    "width_per_group": 64,
    "num_classes": 1000,
    "bn_eps": 1e-5,
    "bn_momentum": 0.1,
}

BOTTLENECK: dict[str, Any] = {"block": "bottleneck"}
NAMED: dict[str, dict[str, Any]] = {  # what torchvision and timm call those of certain sizes
    "resnet18": {"block": "basic", "layers": (2, 2, 2, 2)},
    "resnet34": {"block": "basic", "layers": (3, 4, 6, 3)},
    "resnet50": {**BOTTLENECK, "layers": (3, 4, 6, 3)},
    "resnet101": {**BOTTLENECK, "layers": (3, 4, 23, 3)},
    "resnet152": {**BOTTLENECK, "layers": (3, 8, 36, 3)},
    "resnext50_32x4d": {**BOTTLENECK, "layers": (3, 4, 6, 3), "groups": 32, "width_per_group": 4},
    "resnext101_32x8d": {
        **BOTTLENECK, "layers": (3, 4, 23, 3), "groups": 32, "width_per_group": 8,
    },
    "wide_resnet50_2": {**BOTTLENECK, "layers": (3, 4, 6, 3), "width_per_group": 128},
    "wide_resnet101_2": {**BOTTLENECK, "layers": (3, 4, 23, 3), "width_per_group": 128},
}  # fmt: skip
TORCHVISION = "torchvision.models.resnet.ResNet"


def read_config(published: Mapping[str, Any]) -> ResNetConfig:
    """ResNetForImageClassification's config as ours."""
    return _read(published, read_labels(published))


def read_bare_config(published: Mapping[str, Any]) -> ResNetConfig:
    """ResNetModel's config as ours."""
    return _read(published, None)


def _read(published: Mapping[str, Any], classes: int | None) -> ResNetConfig:
    options = read_options(published, RENAMED, defaults=DEFAULTS, unused=BACKBONE)
    options |= {name: tuple(options[name]) for name in ("depths", "widths")}
    return ResNetConfig(**options, classes=classes)


def write_config(config: ResNetConfig) -> dict[str, Any]:
    """Our config as transformers writes ResNetForImageClassification's."""
    if config.classes is None:
        raise ValueError("classes must be a number")
    return {**_written(config), **write_labels(config.classes)}


def write_bare_config(config: ResNetConfig) -> dict[str, Any]:
    """Our config as transformers writes ResNetModel's."""
    if config.classes is not None:
        raise ValueError(f"classes ({config.classes}) must be None")
    return _written(config)


def _written(config: ResNetConfig) -> dict[str, Any]:
    _refuse(
        config, stem="imagenet", shortcut="projection", preactivation=False, groups=1,
        group_width=64, norm_eps=1e-5, norm_momentum=0.1,
    )  # fmt: skip
    written = {theirs: getattr(config, ours) for theirs, ours in RENAMED.items()}
    return {**written, **{name: list(written[name]) for name in ("depths", "hidden_sizes")}}


def read_torchvision_config(published: Mapping[str, Any]) -> ResNetConfig:
    """The arguments of torchvision's ResNet as our config, or the name of one, as timm writes it.

    `layer_planes` are the stages' widths before a bottleneck makes them four times as wide.
    """
    name = published.get("architecture") or published.get("arch") or TORCHVISION
    if name not in (TORCHVISION, *NAMED):
        raise ValueError(f"not supported: architecture {name!r} (only {', '.join(NAMED)})")
    options = read_options(
        {**NAMED.get(name, {}), **published},
        RENAMED_TORCHVISION,
        defaults=DEFAULTS_TORCHVISION,
        only={
            "replace_stride_with_dilation": (None, [False] * 3),
            "global_pool": ("avg",),
            "model_args": (None, {}),
        },
        unused=("arch", "architecture", "num_features", "pretrained_cfg"),
    )
    wider = 4 if options["block"] == "bottleneck" else 1
    options["widths"] = tuple(wider * n for n in options["widths"])
    return ResNetConfig(**{**options, "depths": tuple(options["depths"])})


def write_torchvision_config(config: ResNetConfig) -> dict[str, Any]:
    """Our config as the arguments of torchvision's ResNet."""
    _refuse(
        config, stem="imagenet", shortcut="projection", preactivation=False, stride_in_1x1=False,
        stride_in_first_stage=False, activation="relu", channels=3,
    )  # fmt: skip
    if config.classes is None:
        raise ValueError("classes must be a number")
    written = {theirs: getattr(config, ours) for theirs, ours in RENAMED_TORCHVISION.items()}
    wider = 4 if config.block == "bottleneck" else 1
    if any(n % wider for n in config.widths):
        raise ValueError(f"widths {config.widths} must be multiples of {wider}")
    planes = [n // wider for n in config.widths]
    return {**written, "layers": list(config.depths), "layer_planes": planes}


def _refuse(config: ResNetConfig, **only: Any) -> None:
    """Raise for options that the published architecture does not have."""
    others = [
        f"{name} {getattr(config, name)!r} (only {value!r})"
        for name, value in only.items()
        if getattr(config, name) != value
    ]
    if others:
        raise ValueError(f"not published: {', '.join(others)}")


def table(prefix: str) -> Table:
    """Transformers' names, which begin with `prefix`."""
    stages, ours = f"{prefix}encoder.stages.*.layers.*", "stages.*.*"
    return Table(
        (f"{prefix}embedder.embedder.convolution", "stem.conv"),
        (f"{prefix}embedder.embedder.normalization", "stem.norm"),
        (f"{stages}.layer.*.convolution", f"{ours}.convs.*"),
        (f"{stages}.layer.*.normalization", f"{ours}.norms.*"),
        (f"{stages}.shortcut.convolution", f"{ours}.shortcut.0"),
        (f"{stages}.shortcut.normalization", f"{ours}.shortcut.1"),
        ("classifier.1", "head"),
    )


def torchvision_table(config: ResNetConfig) -> Table:
    """Torchvision's names, which count stages and convolutions from 1."""
    convs = 2 if config.block == "basic" else 3
    stages = range(len(config.depths))
    return Table(
        ("conv1", "stem.conv"),
        ("bn1", "stem.norm"),
        *((f"layer{s + 1}.*.conv{i + 1}", f"stages.{s}.*.convs.{i}")
          for s in stages for i in range(convs)),
        *((f"layer{s + 1}.*.bn{i + 1}", f"stages.{s}.*.norms.{i}")
          for s in stages for i in range(convs)),
        *((f"layer{s + 1}.*.downsample.*", f"stages.{s}.*.shortcut.*") for s in stages),
        ("fc", "head"),
    )  # fmt: skip


ARCHITECTURES = (
    Architecture(
        ("ResNetForImageClassification",), "resnet", ResNet, read_config, write_config,
        table("resnet."),
    ),
    Architecture(
        ("ResNetModel",), "resnet", ResNet, read_bare_config, write_bare_config, table("")
    ),
    Architecture(
        (TORCHVISION,), "torchvision", ResNet, read_torchvision_config,
        write_torchvision_config, torchvision_table,
    ),
)  # fmt: skip
