"""ViT: against a second one in NumPy, other image sizes, both poolings, learning, every library."""

import math

import numpy as np
import pytest
from nt_autograd import cross_entropy, no_grad, tensor
from nt_models import ViT, ViTConfig, ViTEncoder
from nt_nn import count_parameters, skeleton
from nt_nn.optim import AdamW
from nt_tensor import Generator, manual_seed

SMALL = {
    "image_size": 8,
    "patch_size": 2,
    "channels": 3,
    "classes": 5,
    "layers": 2,
    "heads": 2,
    "width": 12,
    "inner": 20,
}
POOLINGS = pytest.mark.parametrize("pooling", ["class", "mean"])


@pytest.fixture
def vit():
    """A function: a small ViT with lively weights, the same every time."""

    def make(device="cpu", dtype="float32", model=ViT, **changes):
        made = model(ViTConfig(**{**SMALL, **changes}), generator=Generator(0))
        rng = np.random.default_rng(1)
        for p in made.parameters():  # 0.02 would leave attention and GELU nearly linear
            p.data = tensor(rng.standard_normal(p.shape) * 0.3 + (p.ndim == 1) * 0.5).data
        return made.to(dtype).to(device)

    return make


@pytest.fixture
def images():
    """A function: random images."""

    def make(device="cpu", batch=3, rows=8, columns=8, dtype="float32"):
        values = np.random.default_rng(0).standard_normal((batch, 3, rows, columns))
        return tensor(values.astype(dtype), device=device)

    return make


def vit_in_numpy(state, images, config):
    """The model once more, from the paper's equations, in float64 and without a framework."""
    w = {name: t.numpy().astype(np.float64) for name, t in state.items()}
    erf, p = np.vectorize(math.erf), config.patch_size

    def norm(x, name):
        centred = x - x.mean(-1, keepdims=True)
        spread = np.sqrt((centred**2).mean(-1, keepdims=True) + config.eps)
        return centred / spread * w[f"{name}.weight"] + w[f"{name}.bias"]

    def linear(x, name):
        return np.einsum("...i,oi->...o", x, w[f"{name}.weight"]) + w.get(f"{name}.bias", 0)

    def attention(x, name):
        parts, d = [], config.width // config.heads
        q, k, v = np.split(linear(x, f"{name}.qkv"), 3, axis=-1)
        for h in range(config.heads):
            own = slice(h * d, (h + 1) * d)
            weights = np.exp(np.einsum("bid,bjd->bij", q[..., own], k[..., own]) / math.sqrt(d))
            parts.append(weights / weights.sum(-1, keepdims=True) @ v[..., own])
        return linear(np.concatenate(parts, -1), f"{name}.out")

    kernel = w["encoder.patch_embedding.weight"]
    x = np.stack(
        [
            np.einsum("bchw,ochw->bo", images[:, :, r : r + p, c : c + p], kernel)
            for r in range(0, images.shape[2] - p + 1, p)
            for c in range(0, images.shape[3] - p + 1, p)
        ],
        axis=1,
    )
    x = x + w["encoder.patch_embedding.bias"]
    if config.pooling == "class":
        token = np.tile(w["encoder.class_token"], (len(x), 1, 1))
        x = np.concatenate([token, x], 1)
    x = x + w["encoder.position_embedding"]
    for i in range(config.layers):
        block = f"encoder.blocks.{i}"
        x = x + attention(norm(x, f"{block}.norm1"), f"{block}.attention")
        up = linear(norm(x, f"{block}.norm2"), f"{block}.up")
        x = x + linear(up * (1 + erf(up / math.sqrt(2))) / 2, f"{block}.down")
    x = norm(x, "encoder.norm")
    return linear(x[:, 0] if config.pooling == "class" else x.mean(1), "head")


@POOLINGS
@pytest.mark.parametrize("qkv_bias", [True, False])
def test_it_is_the_papers_model(pooling, qkv_bias, device, vit, images):
    model, x = vit(device, pooling=pooling, qkv_bias=qkv_bias), images(device)
    right = vit_in_numpy(model.state_dict(), x.numpy().astype("float64"), model.config)
    np.testing.assert_allclose(model(x).detach().numpy(), right, atol=2e-5)
    if device == "cpu":
        exact = model.to("float64")(x.to("float64")).detach().numpy()
        np.testing.assert_allclose(exact, right, atol=1e-12)


def test_what_is_left_behind_the_last_patch_is_not_read(vit, images):
    model, x = vit(patch_size=3), images().numpy()
    assert model.config.patches == 4
    right = vit_in_numpy(model.state_dict(), x.astype("float64"), model.config)
    np.testing.assert_allclose(model(tensor(x)).detach().numpy(), right, atol=2e-5)
    x[:, :, 6:], x[:, :, :, 6:] = 7.0, -7.0
    np.testing.assert_allclose(model(tensor(x)).detach().numpy(), right, atol=2e-5)


@POOLINGS
def test_gradients_are_slopes(pooling, vit, images):
    model, x = vit(dtype="float64", pooling=pooling), images(rows=6, dtype="float64")
    weights = tensor(np.random.default_rng(5).standard_normal((3, 5)))

    def loss():
        return (model(x, interpolate_positions=True) * weights).sum()

    loss().backward()
    rng = np.random.default_rng(3)
    for name, p in model.named_parameters():  # along a random direction in each parameter
        direction, start = rng.standard_normal(p.shape), p.data.copy()
        values = []
        for step in (1e-5, -1e-5):
            p.data = start + step * direction
            with no_grad():
                values.append(loss().item())
        p.data = start
        slope = float((p.grad.numpy() * direction).sum())
        assert slope == pytest.approx((values[0] - values[1]) / 2e-5, rel=1e-5, abs=1e-8), name


@POOLINGS
def test_every_parameter_gets_a_finite_gradient_that_is_not_zero(pooling, device, vit, images):
    model = vit(device, pooling=pooling)
    cross_entropy(model(images(device)), tensor([0, 4, 2], device=device)).backward()
    for name, p in model.named_parameters():
        g = p.grad.numpy()
        assert np.isfinite(g).all(), name
        if name.endswith("qkv.bias"):  # a key's bias shifts all scores of a query alike
            query, key, value = np.split(g, 3)
            np.testing.assert_allclose(key, 0, atol=1e-4 * np.abs(g).max())
            g = np.concatenate([query, value])
        assert (np.abs(g).reshape(len(g), -1).max(-1) > 0).all(), name
    positions = model.encoder.position_embedding.grad.numpy()
    assert (np.abs(positions).max(-1) > 0).all()


def test_the_pooler_learns_too(device, vit, images):
    model = vit(device, model=ViTEncoder, pooled_width=7)
    pooled = model.pooled(model(images(device)))
    assert pooled.shape == (3, 7)
    pooled.sum().backward()
    for name, p in model.named_parameters():
        assert np.abs(p.grad.numpy()).max() > 0, name


def test_images_of_a_batch_do_not_see_each_other(device, vit, images):
    model, x = vit(device), images(device)
    whole = model(x).detach().numpy()
    for i in range(3):
        np.testing.assert_allclose(model(x[i : i + 1]).detach().numpy()[0], whole[i], atol=1e-5)


def test_every_patch_and_its_place_count(vit, images):
    for pooling in ("class", "mean"):
        model, x = vit(pooling=pooling), images(batch=1).numpy()
        right = model(tensor(x)).detach().numpy()
        for r, c in ((0, 0), (3, 2), (7, 7)):
            changed = x.copy()
            changed[:, :, r, c] += 1
            assert np.abs(model(tensor(changed)).detach().numpy() - right).max() > 1e-4
        turned = np.ascontiguousarray(x[:, :, ::-1])
        assert np.abs(model(tensor(turned)).detach().numpy() - right).max() > 1e-4
        model.encoder.position_embedding.data[:] = 0.0
        swapped = x.reshape(1, 3, 4, 2, 8)[:, :, ::-1].reshape(1, 3, 8, 8)  # rows of patches
        same = [model(tensor(np.ascontiguousarray(each))).tolist() for each in (x, swapped)]
        np.testing.assert_allclose(*same, atol=1e-5)


@POOLINGS
@pytest.mark.parametrize(("rows", "columns"), [(8, 12), (4, 8), (6, 10), (2, 2), (9, 8)])
def test_positions_are_stretched_over_images_of_another_size(
    rows, columns, pooling, device, vit, images
):
    model = vit(device, pooling=pooling)
    with pytest.raises(ValueError, match=r"images .* do not fit image_size \(8\)"):
        model(images(device, rows=rows, columns=columns + 2 * (rows == columns == 8)))
    grid = rows // 2, columns // 2
    y = model(images(device, rows=rows, columns=columns), interpolate_positions=True)
    assert y.shape == (3, 5)
    table = model.encoder.position_embedding.detach().numpy()
    stretched = model.encoder.positions(*grid).detach().numpy()
    first = int(pooling == "class")
    assert stretched.shape == (1, first + grid[0] * grid[1], 12)
    np.testing.assert_array_equal(stretched[:, :first], table[:, :first])
    own = table[0, first:].reshape(4, 4, 12).astype("float64")
    for axis, size in enumerate(grid):  # cubic convolution (Keys), by loops
        own = np.stack([cubic(own, axis, (i + 0.5) * 4 / size - 0.5) for i in range(size)], axis)
    np.testing.assert_allclose(stretched[0, first:], own.reshape(-1, 12), atol=1e-5)


def cubic(grid, axis, place):
    """The grid at a place along an axis: four neighbours, those beyond the edge being the edge."""
    a, start, total = -0.75, math.floor(place), 0.0
    for i in range(start - 1, start + 3):
        d = abs(place - i)
        near = ((a + 2) * d - (a + 3)) * d * d + 1
        far = a * (((d - 5) * d + 8) * d - 4)
        total = total + (near if d <= 1 else far) * np.take(grid, min(max(i, 0), 3), axis)
    return total


def test_a_constant_field_of_positions_stays_constant(vit):
    encoder = vit().encoder
    encoder.position_embedding.data[:] = np.arange(12, dtype="float32")
    for grid in ((4, 4), (7, 3), (1, 9)):
        right = np.broadcast_to(np.arange(12), encoder.positions(*grid).shape)
        np.testing.assert_allclose(encoder.positions(*grid).detach().numpy(), right, atol=1e-5)


def test_at_its_own_size_positions_are_as_they_are(vit, images):
    model = vit()
    assert model.encoder.positions(4, 4) is model.encoder.position_embedding
    usual, asked = model(images()), model(images(), interpolate_positions=True)
    assert usual.tolist() == asked.tolist()


def test_dropout_drops_in_training_alone_and_by_its_generator(vit, images):
    shares = {"dropout": 0.3, "attention_dropout": 0.2}
    model, x = vit(**shares), images()
    manual_seed(3)
    first = model(x).tolist()
    assert model(x).tolist() != first
    manual_seed(3)
    assert model(x).tolist() == first
    assert model.eval()(x).tolist() == vit()(x).tolist()
    for share in shares:  # each has its place
        assert vit(**{share: 0.3})(x).tolist() != model(x).tolist()


@POOLINGS
def test_it_overfits_one_batch(pooling, device, images):
    config = ViTConfig(**{**SMALL, "width": 24, "pooling": pooling})
    model = ViT(config, generator=Generator(0)).to(device)
    x, right = images(device, batch=5), tensor([4, 1, 2, 0, 3], device=device)
    optimizer = AdamW(model.parameters(), lr=5e-3, weight_decay=0.0)
    for _ in range(60):
        loss = cross_entropy(model(x), right)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.05


def test_thirty_steps_are_the_same_on_every_library(device, images):
    losses = {}
    for where in ("cpu", device):
        model = ViT(ViTConfig(**SMALL), generator=Generator(5)).to(where)
        optimizer = AdamW(model.parameters(), lr=3e-3, weight_decay=0.1)
        losses[where] = []
        for _ in range(30):
            loss = cross_entropy(model(images(where)), tensor([2, 0, 4], device=where))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses[where].append(loss.item())
    assert losses["cpu"][-1] < 0.7 * losses["cpu"][0]
    np.testing.assert_allclose(losses[device], losses["cpu"], atol=1e-4)


def test_the_same_seed_makes_the_same_model():
    first, again, other = (ViT(ViTConfig(**SMALL), generator=Generator(s)) for s in (1, 1, 2))
    for p, q, r in zip(first.parameters(), again.parameters(), other.parameters(), strict=True):
        assert p.tolist() == q.tolist()
        assert p.ndim == 1 or p.tolist() != r.tolist()


def test_matrices_begin_small_and_biases_at_zero():
    model = ViT(ViTConfig.preset("vit-mini"), generator=Generator(0))
    for name, p in model.named_parameters():
        values = p.detach().numpy()
        if p.ndim > 1:
            assert np.abs(values).max() <= 0.04, name
            assert values.std() == pytest.approx(0.02 * 0.88, rel=0.2), name  # of a cut normal
        else:
            assert (values == (1.0 if "norm" in name and "weight" in name else 0.0)).all(), name


@pytest.mark.parametrize(
    ("name", "changes", "parameters"),
    [
        ("vit-base-patch16", {}, 86_567_656),  # as published
        ("vit-base-patch32", {}, 88_224_232),
        ("vit-large-patch16", {}, 304_326_632),
        ("vit-small-patch16", {}, 22_050_664),
        ("vit-tiny-patch16", {}, 5_717_416),
        ("vit-base-patch16", {"image_size": 384}, 86_859_496),
        ("vit-base-patch16", {"pooling": "mean"}, 86_567_656 - 2 * 768),  # no token, nor its place
        ("vit-mini", {}, 611_082),
    ],
)
def test_presets_have_the_published_number_of_parameters(name, changes, parameters):
    with skeleton():
        model = ViT(ViTConfig.preset(name, **changes))
    assert count_parameters(model) == parameters


def test_float32_stays_and_float64_stays(vit, images):
    for dtype in ("float32", "float64", "float16"):
        y = vit(dtype=dtype)(images(rows=6, dtype=dtype), interpolate_positions=True)
        assert str(y.dtype) == dtype


def test_inputs_that_cannot_be_are_named(vit, images):
    model = vit()
    with pytest.raises(ValueError, match=r"images must be \(batch, 3, height, width\), got .*8\)"):
        model(images()[:, :2])
    with pytest.raises(ValueError, match=r"got shape \(3, 8, 8\)"):
        model(images()[0])
    with pytest.raises(ValueError, match=r"images \(3, 3, 8, 6\) do not fit image_size \(8\)"):
        model(images(columns=6))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"heads": 5}, r"heads \(5\) must divide width \(12\)"),
        ({"patch_size": 9}, r"image_size \(8\) must be at least patch_size \(9\)"),
        ({"classes": 0}, r"classes \(0\) must be a positive integer"),
        ({"inner": 0}, r"inner \(0\) must be a positive integer"),
        ({"pooled_width": -1}, r"pooled_width \(-1\) must be a positive integer"),
        ({"image_size": 8.0}, r"image_size \(8.0\) must be a positive integer"),
        ({"dropout": 1.0}, r"dropout \(1.0\) must lie in \[0, 1\)"),
        ({"attention_dropout": -0.1}, r"attention_dropout \(-0.1\) must lie in \[0, 1\)"),
        ({"eps": -1e-6}, r"eps \(-1e-06\) must be positive"),
        ({"pooling": "max"}, r"pooling \('max'\) must be 'class' or 'mean'"),
        ({"activation": "gelo"}, r"activation \('gelo'\) must be one of gelu, "),
        ({"pooled_activation": ""}, r"pooled_activation \(''\) must be one of gelu, "),
    ],
)
def test_a_config_that_cannot_be_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        ViTConfig(**{**SMALL, **changes})


def test_presets_are_known_by_name():
    assert ViTConfig.preset("vit-large-patch32").heads == 16
    assert ViTConfig.preset("vit-mini", width=64).inner_width == 256
    with pytest.raises(ValueError, match="there is no preset 'vit'; there are vit-mini, vit-tiny"):
        ViTConfig.preset("vit")
