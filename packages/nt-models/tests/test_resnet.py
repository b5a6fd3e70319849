"""ResNet: against loops, every published size, learning, on every library."""

import numpy as np
import pytest
from nt_autograd import count_flops, cross_entropy, no_grad, tensor
from nt_models import ResNet, ResNetConfig
from nt_nn import count_parameters, skeleton
from nt_nn.optim import SGD
from nt_tensor import Generator

SMALL = {"depths": (1, 2), "widths": (8, 12), "stem_width": 4, "classes": 3, "stem": "cifar"}
VARIANTS = [
    {"block": "basic"},
    {"block": "basic", "shortcut": "padding"},
    {"block": "bottleneck", "groups": 2, "group_width": 128},
    {"block": "bottleneck", "widths": (7, 13)},
    {"block": "bottleneck", "stride_in_1x1": True, "stride_in_first_stage": True},
    {"block": "basic", "stem": "imagenet"},
    {"block": "basic", "preactivation": True},
    {"block": "basic", "preactivation": True, "shortcut": "padding"},
    {"block": "bottleneck", "preactivation": True, "stem": "imagenet", "activation": "silu"},
    {"block": "basic", "classes": None, "channels": 1},
]
COUNTS = {  # torchvision's, and those of He et al. (2016) with option A: 0.27, 0.46, … 1.7 M
    "resnet18": 11_689_512,
    "resnet34": 21_797_672,
    "resnet50": 25_557_032,
    "resnet101": 44_549_160,
    "resnet152": 60_192_808,
    "resnet20": 269_722,
    "resnet32": 464_154,
    "resnet44": 658_586,
    "resnet56": 853_018,
    "resnet110": 1_727_962,
    "resnet-mini": 424_910,
}


@pytest.fixture
def resnet():
    """A function: a small ResNet with lively weights and statistics, the same every time."""

    def make(device="cpu", dtype="float32", **changes):
        model = ResNet(ResNetConfig(**{**SMALL, **changes}), generator=Generator(0))
        rng = np.random.default_rng(1)
        for name, p in (*model.named_parameters(), *model.named_buffers()):
            if p.ndim == 1:
                values = 0.4 * rng.standard_normal(p.shape)
                positive = name.endswith(("norm.weight", "running_var")) or "norms" in name
                p.data = tensor(abs(values) + 0.5 if positive else values).data
        return model.to(dtype).to(device)

    return make


@pytest.fixture
def images():
    """A function: images of odd sizes."""

    def make(device="cpu", dtype="float32", batch=3, channels=3, size=(11, 14)):
        values = np.random.default_rng(2).standard_normal((batch, channels, *size))
        return tensor(values, device=device).to(dtype)

    return make


def resnet_in_numpy(state, images, config):
    """The model once more in evaluation, from the papers, in float64 and without a framework."""
    w = {name: t.numpy().astype(np.float64) for name, t in state.items()}
    c = config
    act = (
        (lambda x: x / (1 + np.exp(-x))) if c.activation == "silu" else (lambda x: np.maximum(x, 0))
    )
    relu = act if c.preactivation else lambda x: np.maximum(x, 0)

    def windows(x, size, stride, pad, fill):
        x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), constant_values=fill)
        rows, columns = ((n - size) // stride + 1 for n in x.shape[2:])
        for i in range(rows):
            for j in range(columns):
                at = (
                    ...,
                    slice(i * stride, i * stride + size),
                    slice(j * stride, j * stride + size),
                )
                yield i, j, x[at]

    def conv(x, name, stride=1, groups=1):
        kernel = w[f"{name}.weight"]
        size, found = kernel.shape[-1], {}
        for i, j, window in windows(x, size, stride, size // 2, 0.0):
            parts = zip(np.split(window, groups, 1), np.split(kernel, groups), strict=True)
            found[i, j] = np.concatenate([np.einsum("nchw,ochw->no", a, k) for a, k in parts], 1)
        rows, columns = max(found)
        y = [[found[i, j] for j in range(columns + 1)] for i in range(rows + 1)]
        return np.array(y).transpose(2, 3, 0, 1)

    def norm(x, name):
        mean, var, weight, bias = (
            w[f"{name}.{n}"][:, None, None]
            for n in ("running_mean", "running_var", "weight", "bias")
        )
        return (x - mean) / np.sqrt(var + c.norm_eps) * weight + bias

    def shortcut(x, name, stride, width):
        if c.shortcut == "padding":
            x = x[:, :, ::stride, ::stride]
            return np.pad(x, ((0, 0), (0, width - x.shape[1]), (0, 0), (0, 0)))
        if c.preactivation:
            return conv(x, f"{name}.shortcut", stride)
        return norm(conv(x, f"{name}.shortcut.0", stride), f"{name}.shortcut.1")

    x = act(norm(conv(images, "stem.conv", 2 if c.stem == "imagenet" else 1), "stem.norm"))
    if c.stem == "imagenet":
        found = {(i, j): v.max((2, 3)) for i, j, v in windows(x, 3, 2, 1, -np.inf)}
        rows, columns = max(found)
        y = [[found[i, j] for j in range(columns + 1)] for i in range(rows + 1)]
        x = np.array(y).transpose(2, 3, 0, 1)
    for s, (depth, width) in enumerate(zip(c.depths, c.widths, strict=True)):
        for b in range(depth):
            name = f"stages.{s}.{b}"
            stride = 2 if b == 0 and (s > 0 or c.stride_in_first_stage) else 1
            strides = (stride, 1) if c.block == "basic" or c.stride_in_1x1 else (1, stride, 1)
            strides, y = (*strides, 1)[: 2 if c.block == "basic" else 3], x
            bare = (s, b) == (0, 0)
            changes = stride > 1 or x.shape[1] != width
            if c.preactivation:
                y = x if bare else act(norm(x, f"{name}.norms.0"))
                if changes:
                    x = shortcut(x if c.shortcut == "padding" else y, name, stride, width)
            elif changes:
                x = shortcut(x, name, stride, width)
            for i, each in enumerate(strides):
                groups = c.groups if i == 1 else 1
                if c.preactivation:
                    y = y if i == 0 else act(norm(y, f"{name}.norms.{i - bare}"))
                    y = conv(y, f"{name}.convs.{i}", each, groups)
                else:
                    y = norm(conv(y, f"{name}.convs.{i}", each, groups), f"{name}.norms.{i}")
                    y = relu(y) if i < len(strides) - 1 else y
            x = x + y if c.preactivation else act(x + y)
    x = act(norm(x, "norm")) if c.preactivation else x
    x = x.mean((2, 3))
    return x if c.classes is None else x @ w["head.weight"].T + w["head.bias"]


@pytest.mark.parametrize("changes", VARIANTS, ids=lambda c: "-".join(map(str, c.values())))
def test_it_is_the_papers_model(changes, device, resnet, images):
    model = resnet(device, **changes).eval()
    x = images(device, channels=model.config.channels)
    expected = resnet_in_numpy(model.state_dict(), x.numpy().astype("float64"), model.config)
    scale = np.abs(expected).max()
    np.testing.assert_allclose(model(x).detach().numpy(), expected, atol=1e-5 * scale)
    if device == "cpu":
        exact = model.to("float64")(x.to("float64")).detach().numpy()
        np.testing.assert_allclose(exact, expected, atol=1e-12 * scale)


@pytest.mark.parametrize("changes", VARIANTS[:-1], ids=lambda c: "-".join(map(str, c.values())))
def test_every_parameter_gets_a_finite_gradient_that_is_not_zero(changes, device, resnet, images):
    model = resnet(device, **changes)
    cross_entropy(model(images(device, batch=5)), tensor([0, 1, 2, 1, 0], device=device)).backward()
    for name, p in model.named_parameters():
        g = p.grad.numpy()
        assert np.isfinite(g).all(), name
        assert (np.abs(g).reshape(len(g), -1).max(-1) > 0).mean() > 0.6, name  # ReLUs may be off


@pytest.mark.parametrize("changes", VARIANTS[:-1], ids=lambda c: "-".join(map(str, c.values())))
def test_gradients_are_slopes(changes, resnet, images):
    model, x = resnet(dtype="float64", **{**changes, "activation": "silu"}), images(dtype="float64")
    labels = tensor([0, 2, 1])
    cross_entropy(model(x), labels).backward()
    rng = np.random.default_rng(3)
    for name, p in model.named_parameters():  # along a random direction in each parameter
        direction, start = rng.standard_normal(p.shape), p.data.copy()
        values = []
        for step in (1e-6, -1e-6):
            p.data = start + step * direction
            with no_grad():
                values.append(cross_entropy(model(x), labels).item())
        p.data = start
        slope = float((p.grad.numpy() * direction).sum())
        assert slope == pytest.approx((values[0] - values[1]) / 2e-6, rel=1e-3, abs=1e-7), name


@pytest.mark.parametrize("preactivation", [False, True])
def test_one_batch_is_learned(preactivation, device):
    config = ResNetConfig(**SMALL, block="basic", preactivation=preactivation)
    model = ResNet(config, generator=Generator(0)).to(device)
    rng = np.random.default_rng(0)
    x = tensor(rng.standard_normal((6, 3, 8, 8)).astype("float32"), device=device)
    labels = tensor(rng.integers(0, 3, 6), device=device)
    optimizer = SGD(model.parameters(), lr=0.1, momentum=0.9)
    for _ in range(30):
        loss = cross_entropy(model(x), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.01


def test_in_evaluation_an_image_does_not_depend_on_its_batch(device, resnet, images):
    model, x = resnet(device, block="basic").eval(), images(device)
    whole = model(x).detach().numpy()
    for i in range(3):
        np.testing.assert_allclose(
            model(x[i : i + 1]).detach().numpy(), whole[i : i + 1], atol=1e-5
        )


@pytest.mark.parametrize("name", COUNTS)
def test_a_preset_has_as_many_parameters_as_published(name):
    with skeleton():
        assert count_parameters(ResNet(ResNetConfig.preset(name))) == COUNTS[name]


def test_preactivation_is_a_preset_too():
    plain, pre = (ResNetConfig.preset(f"{p}resnet56", classes=7) for p in ("", "preact-"))
    assert (plain.preactivation, pre.preactivation) == (False, True)
    with skeleton():
        assert count_parameters(ResNet(pre)) == count_parameters(ResNet(plain))


def test_resnet50_multiplies_four_thousand_million_times():
    with skeleton():
        model = ResNet(ResNetConfig.preset("resnet50")).eval()
    x, total = np.zeros((1, 3, 224, 224), "float32"), 0
    size = x.shape[2]
    for name, module in model.named_modules():  # counted from the layers' shapes
        if hasattr(module, "kernel_size"):
            halvings = 1 if name.startswith("stem") else 2 + int(name.split(".")[1])
            stage_in = (
                name.startswith("stages")
                and ".0.convs.0" in name
                and not name.startswith("stages.0")
            )
            side = size >> (halvings - 1 if stage_in else halvings)
            total += side * side * int(np.prod(module.weight.shape))
    total += int(np.prod(model.head.weight.shape))
    assert total == 4_089_184_256


def test_the_counter_agrees(resnet, images):
    model, x = resnet(block="basic").eval(), images()
    with no_grad(), count_flops() as count:
        model(x)
    products = 3 * 2 * (11 * 14 * (3 * 4 + 4 * 8 + 8 * 8) * 9 + 11 * 14 * 4 * 8)
    products += 3 * 2 * (6 * 7 * (8 * 12 + 3 * 12 * 12) * 9 + 6 * 7 * 8 * 12 + 12 * 3)
    assert products <= count.flops < 1.2 * products


def test_blocks_can_begin_as_the_identity(images):
    config = ResNetConfig(**SMALL, block="basic", zero_last_norm=True)
    model = ResNet(config, generator=Generator(0))
    zeros = [n for n, p in model.state_dict().items() if not p.numpy().any() and "weight" in n]
    assert zeros == [f"stages.{at}.norms.1.weight" for at in ("0.0", "1.0", "1.1")]
    block = model.stages[1][1]
    x = abs(images(channels=12))
    np.testing.assert_array_equal(block(x).detach().numpy(), x.numpy())


def test_initial_convolutions_keep_the_gradients_size():
    model = ResNet(ResNetConfig.preset("resnet20"), generator=Generator(0))
    weight = model.stages[2][1].convs[0].weight.detach().numpy()
    assert weight.std() == pytest.approx((2 / (64 * 9)) ** 0.5, rel=0.02)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"depths": (1, 0)}, r"depths\[1\] \(0\)"),
        ({"widths": (8,)}, "equally many"),
        ({"depths": (), "widths": ()}, "equally many"),
        ({"classes": 0}, "classes"),
        ({"stem": "vgg"}, "stem"),
        ({"block": "wide"}, "block"),
        ({"shortcut": "none"}, "shortcut"),
        ({"block": "basic", "groups": 2}, "groups"),
        ({"widths": (8, 3)}, "width 3 has no channels inside"),
        ({"widths": (8, 12), "group_width": 16}, "width 8 has no channels inside"),
        ({"activation": "none"}, "activation"),
        ({"zero_last_norm": True, "preactivation": True}, "zero_last_norm"),
        ({"shortcut": "padding", "widths": (12, 8)}, "padding"),
        ({"shortcut": "padding", "stem_width": 9}, "padding"),
    ],
)
def test_a_config_that_does_not_fit_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        ResNetConfig(**{**SMALL, **options})


def test_bad_input_is_refused(resnet):
    with pytest.raises(ValueError, match="no preset 'resnet51'"):
        ResNetConfig.preset("resnet51")
    for shape in ((3, 8, 8), (1, 4, 8, 8)):
        with pytest.raises(ValueError, match=r"images must be \(batch, 3, height, width\)"):
            resnet()(tensor(np.zeros(shape, "float32")))
