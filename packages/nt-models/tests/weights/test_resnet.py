"""ResNet's published names and configs: transformers' and torchvision's, both ways."""

import nt_models.weights._resnet as resnet
import numpy as np
import pytest
from nt_autograd import tensor
from nt_models import ResNet, ResNetConfig, from_pretrained
from nt_models.weights._registry import of_config
from nt_nn import count_parameters, skeleton

CLASSIFIER, BARE, TORCHVISION = resnet.ARCHITECTURES
MANIFESTS = [
    ("hf-resnet-18", "resnet18", CLASSIFIER),
    ("hf-resnet-50", "resnet50", CLASSIFIER),
    ("tv-resnet18", "resnet18", TORCHVISION),
    ("tv-resnet34", "resnet34", TORCHVISION),
    ("tv-resnet50", "resnet50", TORCHVISION),
    ("tv-resnet101", "resnet101", TORCHVISION),
]


def parted(arrays, prefix):
    """The arrays whose names begin so; int8 stands for 64ths."""
    return {
        n.removeprefix(prefix): a / 64 if a.dtype == np.int8 else a
        for n, a in arrays.items()
        if n.startswith(prefix)
    }


def waved(x):
    return (x * np.cos(np.arange(x.size)).reshape(x.shape)).sum()


@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-12), ("float32", 1e-5)])
@pytest.mark.parametrize(
    ("case", "output"), [("stride_in_1x1", "logits"), ("first_stage", "pooler_output")]
)
def test_every_option_is_that_of_transformers(case, output, dtype, limit, device, reference):
    if device != "cpu" and dtype == "float64":
        pytest.skip("float64 is checked on NumPy")
    config, arrays = reference("resnet", case)
    architecture = CLASSIFIER if output == "logits" else BARE
    assert config["architectures"] == list(architecture.names)
    model = ResNet(architecture.read_config(config))
    shapes = {name: t.shape for name, t in model.state_dict().items()}
    model.load_state_dict(architecture.table.to_ours(parted(arrays, "weight."), shapes))
    model.to(dtype).to(device).eval()
    images = tensor(parted(arrays, "input.")["pixel_values"], device=device).to(dtype)
    y, right = model(images), arrays[f"output.{output}"]
    assert np.abs(y.detach().numpy() - right).max() <= limit * np.abs(right).max()
    waves = tensor(np.cos(np.arange(y.numel())).reshape(y.shape), device=device)
    (y * waves.to(dtype)).sum().backward()
    slopes = {n: p.grad.numpy() for n, p in model.named_parameters()}
    slopes = architecture.table.to_published(slopes)
    found = [waved(slopes[name]) for name in sorted(slopes)]
    assert len(found) == len(arrays["slopes"])
    np.testing.assert_allclose(found, arrays["slopes"], atol=10 * limit * np.abs(found).max())


@pytest.mark.parametrize(("name", "preset", "architecture"), MANIFESTS)
def test_the_published_file_fits_the_preset(name, preset, architecture, manifest):
    published = manifest(name)
    with skeleton():
        model = ResNet(ResNetConfig.preset(preset))
    shapes = {name: tuple(t.shape) for name, t in model.state_dict().items()}
    files = {name: tuple(shape) for name, shape in published["tensors"].items()}
    parts = architecture.table_for(model.config).match(files, shapes)
    assert set(parts) == set(shapes)
    assert count_parameters(model) == published["parameters"]


@pytest.mark.parametrize("block", ["basic", "bottleneck"])
def test_torchvision_counts_from_one(block):
    model = ResNet(ResNetConfig((1, 2), (8, 16), block, stem_width=4, classes=3))
    table = TORCHVISION.table_for(model.config)
    written = table.to_published({n: t.numpy() for n, t in model.state_dict().items()})
    last = 2 if block == "basic" else 3
    assert {"conv1.weight", "bn1.running_var", f"layer2.1.conv{last}.weight", "fc.bias"} <= {
        *written
    }
    assert {"layer1.0.downsample.0.weight", "layer2.0.downsample.1.running_mean"} <= {*written}
    for name, array in table.to_ours(written).items():
        np.testing.assert_array_equal(array, model.state_dict()[name].numpy())
    with pytest.raises(ValueError, match=r"layer3\.0\.conv1\.weight"):
        table.to_ours({**written, "layer3.0.conv1.weight": np.zeros((1, 1, 1, 1))})


def test_a_config_comes_back():
    for architecture, ours in (
        (CLASSIFIER, ResNetConfig.preset("resnet18", classes=5, stride_in_first_stage=True)),
        (CLASSIFIER, ResNetConfig(stride_in_1x1=True, activation="gelu", channels=1)),
        (BARE, ResNetConfig.preset("resnet50", classes=None)),
        (TORCHVISION, ResNetConfig(groups=32, group_width=4, norm_eps=1e-3, norm_momentum=0.2)),
        (TORCHVISION, ResNetConfig.preset("resnet34", stem_width=5)),
    ):
        assert architecture.read_config(architecture.write_config(ours)) == ours
    assert CLASSIFIER.read_config({}) == ResNetConfig(classes=2)


def test_what_is_not_published_is_refused():
    for architecture, options in (
        (CLASSIFIER, {"classes": None}),
        (BARE, {"classes": 3}),
        (TORCHVISION, {"classes": None}),
        (CLASSIFIER, {"groups": 2}),
        (CLASSIFIER, {"norm_eps": 1e-3}),
        (CLASSIFIER, {"preactivation": True}),
        (TORCHVISION, {"stride_in_1x1": True}),
        (TORCHVISION, {"stem": "cifar"}),
        (TORCHVISION, {"widths": (8, 12, 16, 22)}),
    ):
        with pytest.raises(ValueError, match=next(iter(options))):
            architecture.write_config(ResNetConfig(**options))
    with pytest.raises(ValueError, match="replace_stride_with_dilation"):
        TORCHVISION.read_config(
            {"block": "basic", "layers": [1], "replace_stride_with_dilation": [False, True, True]}
        )
    with pytest.raises(ValueError, match="missing: block, layers"):
        TORCHVISION.read_config({})
    with pytest.raises(ValueError, match="unknown: out_stride"):
        CLASSIFIER.read_config({"out_stride": 8})


@pytest.mark.parametrize(
    ("told", "preset"),
    [
        ({"architecture": "resnet18", "num_classes": 5, "num_features": 512}, "resnet18"),
        ({"arch": "resnet50", "global_pool": "avg", "num_classes": 5}, "resnet50"),
        ({"block": "basic", "layers": [3, 4, 6, 3], "num_classes": 5}, "resnet34"),
    ],
)
def test_torchvisions_and_timms_configs_are_known_by_what_they_say(told, preset):
    config = of_config(told).read_config(told)
    assert config == ResNetConfig.preset(preset, classes=5)


def test_another_architecture_of_timms_is_refused_by_name():
    told = {"architecture": "vit_base_patch16_224"}
    with pytest.raises(ValueError, match=r"architecture 'vit_base_patch16_224' \(only resnet18, "):
        of_config(told).read_config(told)


@pytest.mark.parametrize("name", ["tv_resnet_basic", "tv_resnet_bottleneck"])
def test_a_torchvision_folder_needs_no_hint(name, published_folder, published):
    _, _, answers = published(name)
    model = from_pretrained(published_folder(name), dtype="float64")
    y = model(tensor(answers["input.pixel_values"]).to("float64")).detach().numpy()
    np.testing.assert_allclose(y, answers["output64.logits"], rtol=1e-9, atol=1e-11)
