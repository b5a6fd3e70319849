"""CLIP: against a second one in NumPy, its end tokens and padding, learning, on every library."""

import math
from dataclasses import replace

import numpy as np
import pytest
from nt_autograd import no_grad, randn, tensor
from nt_models import (
    CLIP,
    CLIPConfig,
    CLIPResNetConfig,
    CLIPText,
    CLIPTextConfig,
    CLIPVision,
    CLIPVisionConfig,
)
from nt_models._positions import stretched
from nt_nn import count_parameters, skeleton
from nt_nn.optim import AdamW
from nt_tensor import Generator

TEXT = {"layers": 2, "heads": 2, "width": 8, "projection": 6, "vocab_size": 13, "context": 9}
VISION = {
    "layers": 2, "heads": 3, "width": 12, "inner": 20, "projection": 6, "image_size": 7, "patch": 3,
}  # fmt: skip
RESNET = {"depths": (1, 2, 1, 1), "width": 2, "heads": 4, "projection": 6, "image_size": 32}
COUNTS = {  # OpenAI's
    "clip-vit-base-patch32": 151_277_313,
    "clip-vit-base-patch16": 149_620_737,
    "clip-vit-large-patch14": 427_616_513,
    "clip-vit-large-patch14-336": 427_944_193,
    "RN50": 102_007_137,
    "RN101": 119_688_033,
    "clip-mini": 11_685_249,
}


@pytest.fixture
def clip():
    """A function: a small CLIP with lively weights, the same every time."""

    def make(device="cpu", dtype="float32", vision=None, **changes):
        seen = CLIPVisionConfig(**VISION) if vision is None else vision
        config = CLIPConfig(seen, CLIPTextConfig(**{**TEXT, **changes}), logit_scale=0.5)
        model = CLIP(config, generator=Generator(0))
        rng = np.random.default_rng(1)
        for name, p in (*model.named_parameters(), *model.named_buffers()):
            if "num_batches" not in name and p.ndim:
                fan = p.numel() // p.shape[0] if p.ndim > 1 else 6
                values = rng.standard_normal(p.shape) / math.sqrt(fan)
                positive = "norm" in name or name.endswith("running_var")
                p.data = tensor(values + 0.7 if positive and p.ndim == 1 else values).data
        for name, p in model.named_buffers():
            if name.endswith("running_var"):
                p.data = tensor(np.abs(p.numpy()) + 0.3).data
        return model.to(dtype).to(device)

    return make


@pytest.fixture
def pairs():
    """A function: images, texts that end with 12 at different places, and their mask."""

    def make(device="cpu", dtype="float32", size=7):
        rng = np.random.default_rng(0)
        ids = rng.integers(0, 12, (3, 8))
        ends = np.array([7, 3, 5])
        ids[np.arange(3), ends] = 12
        mask = (np.arange(8) <= ends[:, None]).astype("int64")
        images = tensor(rng.standard_normal((3, 3, size, size)), device=device).to(dtype)
        return images, tensor(ids, device=device), tensor(mask, device=device)

    return make


def clip_in_numpy(state, images, ids, config):
    """The model once more, from the paper and its code, in float64 and without a framework."""
    w = {name: t.numpy().astype(np.float64) for name, t in state.items()}

    def norm(x, name):
        centred = x - x.mean(-1, keepdims=True)
        spread = np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5)
        return centred / spread * w[f"{name}.weight"] + w[f"{name}.bias"]

    def linear(x, name):
        return x @ w[f"{name}.weight"].T + w.get(f"{name}.bias", 0)

    def attention(x, name, heads, causal):
        q, k, v = np.split(linear(x, f"{name}.qkv"), 3, axis=-1)
        size, parts = q.shape[-1] // heads, []
        for h in range(heads):
            own = slice(h * size, (h + 1) * size)
            scores = np.einsum("bid,bjd->bij", q[..., own], k[..., own]) / math.sqrt(size)
            if causal:
                scores[:, np.triu(np.ones(scores.shape[1:], bool), 1)] = -np.inf
            weights = np.exp(scores - scores.max(-1, keepdims=True))
            parts.append(weights / weights.sum(-1, keepdims=True) @ v[..., own])
        return linear(np.concatenate(parts, -1), f"{name}.out")

    def blocks(x, name, c, causal):
        for i in range(c.layers):
            at = f"{name}.blocks.{i}"
            x = x + attention(norm(x, f"{at}.norm1"), f"{at}.attention", c.heads, causal)
            h = linear(norm(x, f"{at}.norm2"), f"{at}.up")
            x = x + linear(h / (1 + np.exp(-1.702 * h)), f"{at}.down")
        return x

    x = w["text.token_embedding.weight"][ids] + w["text.position_embedding.weight"][: ids.shape[1]]
    x = norm(blocks(x, "text", config.text, True), "text.norm")
    texts = linear(x[np.arange(len(ids)), ids.argmax(-1)], "text.projection")

    c = config.vision
    rows = c.image_size // c.patch
    cut = images[:, :, : rows * c.patch, : rows * c.patch]
    cut = cut.reshape(len(images), c.channels, rows, c.patch, rows, c.patch)
    patches = np.einsum("ncipjq,dcpq->nijd", cut, w["vision.patch_embedding.weight"])
    patches = patches.reshape(len(images), rows * rows, c.width)
    first = np.broadcast_to(w["vision.class_embedding"], (len(images), 1, c.width))
    x = np.concatenate([first, patches], 1) + w["vision.position_embedding.weight"]
    x = blocks(norm(x, "vision.norm_in"), "vision", c, False)
    seen = linear(norm(x[:, 0], "vision.norm"), "vision.projection")

    texts, seen = (x / np.linalg.norm(x, axis=-1, keepdims=True) for x in (texts, seen))
    return seen @ texts.T * np.exp(w["logit_scale"])


def test_it_is_the_papers_model(device, clip, pairs):
    model, (images, ids, _) = clip(device), pairs(device)
    right = clip_in_numpy(
        model.state_dict(), images.numpy().astype("float64"), ids.numpy(), model.config
    )
    np.testing.assert_allclose(model(images, ids).detach().numpy(), right, atol=1e-5)
    if device == "cpu":
        exact = model.to("float64")(images.to("float64"), ids).detach().numpy()
        np.testing.assert_allclose(exact, right, atol=1e-12)


def test_the_loss_is_that_of_finding_each_other(device, clip, pairs):
    model, (images, ids, _) = clip(device), pairs(device)
    logits = model(images, ids).detach().numpy().astype("float64")
    rows, columns = (x - np.log(np.exp(x).sum(1, keepdims=True)) for x in (logits, logits.T))
    right = -(np.trace(rows) + np.trace(columns)) / 6
    assert model.loss(images, ids).item() == pytest.approx(right, rel=1e-5)


def test_features_have_length_one(device, clip, pairs):
    model, (images, ids, mask) = clip(device), pairs(device)
    for features in (model.encode_image(images), model.encode_text(ids, mask)):
        length = np.linalg.norm(features.detach().numpy(), axis=-1)
        np.testing.assert_allclose(length, 1.0, rtol=1e-6)


def test_what_stands_behind_the_end_changes_nothing(device, clip, pairs):
    model, (_, ids, mask) = clip(device), pairs(device)
    before = model.text(ids, mask).detach().numpy()
    other = np.where(mask.numpy() == 1, ids.numpy(), (ids.numpy() + 5) % 12)
    other = tensor(other, device=device)
    for given in (mask, None):  # causal: even without a mask
        np.testing.assert_allclose(model.text(other, given).detach().numpy(), before, atol=1e-6)


def test_padding_in_front_changes_nothing_given_mask_and_positions(device, clip, pairs):
    model, (_, ids, _) = clip(device), pairs(device)
    alone = model.text(ids[1:2, :4]).detach().numpy()
    padded = np.concatenate([[9, 3, 11], ids.numpy()[1, :4]])[None]
    mask, positions = np.array([[0, 0, 0, 1, 1, 1, 1]]), np.array([[5, 8, 0, 0, 1, 2, 3]])
    found = model.text(*(tensor(x, device=device) for x in (padded, mask, positions)))
    np.testing.assert_allclose(found.detach().numpy(), alone, atol=1e-6)


def test_features_do_not_depend_on_the_batch(device, clip, pairs):
    model, (images, ids, mask) = clip(device), pairs(device)
    seen, read = (x.detach().numpy() for x in (model.vision(images), model.text(ids, mask)))
    for i in range(3):
        one = slice(i, i + 1)
        np.testing.assert_allclose(model.vision(images[one]).detach().numpy(), seen[one], atol=1e-6)
        found = model.text(ids[one], mask[one]).detach().numpy()
        np.testing.assert_allclose(found, read[one], atol=1e-6)


def test_a_text_is_gathered_at_its_first_end_token(device, clip):
    ids = np.array([[12, 4, 2, 4, 7], [1, 2, 3, 12, 4]])
    model = clip(device, end_token=4)
    hidden = model.text.hidden(tensor(ids, device=device)).detach().numpy()
    features = model.text(tensor(ids, device=device)).detach().numpy()
    weight = model.text.projection.weight.detach().numpy()
    np.testing.assert_allclose(features, hidden[[0, 1], [1, 4]] @ weight.T, atol=1e-5)


@pytest.mark.parametrize("tower", ["vit", "resnet"])
def test_every_parameter_gets_a_finite_gradient_that_is_not_zero(tower, device, clip, pairs):
    model = clip(device, vision=CLIPResNetConfig(**RESNET) if tower == "resnet" else None)
    images, ids, mask = pairs(device, size=32 if tower == "resnet" else 7)
    model.loss(images, ids, mask).backward()
    for name, p in model.named_parameters():
        g = p.grad.numpy()
        assert np.isfinite(g).all(), name
        used = g
        if name == "text.token_embedding.weight":
            used = g[np.unique(ids.numpy()[mask.numpy() == 1])]
        if name == "text.position_embedding.weight":
            used = g[:8]
        if name.endswith("qkv.bias"):  # a key's bias shifts all scores of a query alike
            third = len(g) // 3
            used = np.concatenate([g[:third], g[2 * third :]])
        if name.endswith("pool.key.bias"):
            continue
        alive = np.abs(used).reshape(len(used) if used.ndim else 1, -1).max(-1) > 0
        assert alive.all() if tower == "vit" or name.startswith("text") else alive.any(), name


def test_gradients_are_slopes(clip, pairs):
    model, (images, ids, mask) = clip(dtype="float64"), pairs(dtype="float64")
    model.loss(images, ids, mask).backward()
    rng = np.random.default_rng(3)
    for name, p in model.named_parameters():  # along a random direction in each parameter
        direction, start = rng.standard_normal(p.shape), p.data.copy()
        values = []
        for step in (1e-5, -1e-5):
            p.data = np.asarray(start + step * direction)
            with no_grad():
                values.append(model.loss(images, ids, mask).item())
        p.data = start
        slope = float((p.grad.numpy() * direction).sum())
        assert slope == pytest.approx((values[0] - values[1]) / 2e-5, rel=1e-4, abs=1e-8), name


@pytest.mark.parametrize("tower", ["vit", "resnet"])
def test_one_batch_is_learned(tower, device, pairs):
    vision = CLIPVisionConfig(**VISION) if tower == "vit" else CLIPResNetConfig(**RESNET)
    model = CLIP(CLIPConfig(vision, CLIPTextConfig(**TEXT)), generator=Generator(0)).to(device)
    images, ids, mask = pairs(device, size=vision.image_size)
    optimizer = AdamW(model.parameters(), lr=0.01)
    for _ in range(30):
        loss = model.loss(images, ids, mask)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        model.clamp_logit_scale()
    assert loss.item() < 0.1


def test_the_scale_is_kept_from_exceeding_a_hundred(device, clip, pairs):
    model, (images, ids, _) = clip(device), pairs(device)
    before = model(images, ids).detach().numpy()
    model.clamp_logit_scale()
    np.testing.assert_array_equal(model(images, ids).detach().numpy(), before)
    model.logit_scale.data = tensor(np.float32(7.0), device=device).data
    free = np.abs(model(images, ids).detach().numpy()).max()
    assert free == pytest.approx(np.abs(before).max() * math.exp(6.5), rel=1e-4)  # none is imposed
    model.clamp_logit_scale()
    assert model.logit_scale.item() == pytest.approx(math.log(100))
    model.loss(images, ids).backward()
    assert model.logit_scale.grad.item() != 0


@pytest.mark.parametrize("name", COUNTS)
def test_a_preset_has_as_many_parameters_as_published(name):
    with skeleton():
        assert count_parameters(CLIP(CLIPConfig.preset(name))) == COUNTS[name]


def test_a_fresh_model_is_that_of_the_paper():
    model = CLIP(CLIPConfig.preset("clip-mini"), generator=Generator(0))
    assert math.exp(model.logit_scale.item()) == pytest.approx(1 / 0.07, rel=1e-6)
    for name, std in (
        ("text.token_embedding.weight", 0.02),
        ("text.position_embedding.weight", 0.01),
        ("text.blocks.0.attention.qkv.weight", 192**-0.5),
        ("text.blocks.0.down.weight", 192**-0.5 * 6**-0.5),
        ("text.blocks.0.up.weight", 384**-0.5),
        ("vision.projection.weight", 128**-0.5),
    ):
        assert model.state_dict()[name].numpy().std() == pytest.approx(std, rel=0.03), name


def test_the_resnet_can_begin_with_blocks_that_are_the_identity():
    vision = CLIPResNetConfig(**{**RESNET, "zero_last_norm": True})
    model = CLIP(CLIPConfig(vision, CLIPTextConfig(**TEXT)), generator=Generator(0))
    block = model.vision.stages[1][1]
    x = tensor(np.random.default_rng(0).random((2, 16, 4, 4), "float32"))
    np.testing.assert_array_equal(block(x).detach().numpy(), x.numpy())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CLIPTextConfig(width=10, heads=4), "heads"),
        (lambda: CLIPTextConfig(layers=0), "layers"),
        (lambda: CLIPTextConfig(projection=-1), "projection"),
        (lambda: CLIPTextConfig(end_token=49408), "end_token"),
        (lambda: CLIPTextConfig(attention_dropout=1.0), "attention_dropout"),
        (lambda: CLIPTextConfig(activation="x"), "activation"),
        (lambda: CLIPVisionConfig(patch=225), "patch"),
        (lambda: CLIPVisionConfig(image_size=0), "image_size"),
        (lambda: CLIPResNetConfig((1, 2, 3)), "depths"),
        (lambda: CLIPResNetConfig((1, 2, 3, 0)), r"depths\[3\]"),
        (lambda: CLIPResNetConfig(width=3), "width"),
        (lambda: CLIPResNetConfig(heads=7), "heads"),
        (lambda: CLIPResNetConfig(heads=0), "heads"),
        (lambda: CLIPResNetConfig(image_size=225), "image_size"),
        (lambda: CLIPConfig(text=CLIPTextConfig(projection=7)), "projections"),
        (lambda: CLIPConfig(CLIPVisionConfig(projection=None)), "projections"),
        (lambda: CLIPConfig.preset("RN51"), "no preset 'RN51'"),
    ],
)
def test_a_config_that_does_not_fit_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_bad_input_is_refused(clip, pairs):
    model, (images, ids, mask) = clip(), pairs()
    with pytest.raises(ValueError, match=r"images must be \(batch, 3, 7, 7\)"):
        model(images[:, :, :6], ids)
    with pytest.raises(ValueError, match=r"tokens must be \(batch, time\)"):
        model(images, ids[0])
    with pytest.raises(ValueError, match="10 positions do not fit the context"):
        model(images, tensor(np.zeros((1, 10), "int64")))
    with pytest.raises(ValueError, match="attention_mask"):
        model(images, ids, mask[:2])
    with pytest.raises(ValueError, match=r"shape"):
        model.loss(images, ids[:2])
    with pytest.raises(IndexError):
        CLIPText(CLIPTextConfig(**TEXT))(tensor([[13]]))


def test_positions_are_stretched_over_images_of_another_size():
    tower = CLIPVision(CLIPVisionConfig(image_size=8, patch=4, layers=1, heads=2, width=8)).eval()
    images = randn(2, 3, 12, 8)
    with pytest.raises(ValueError, match="interpolate_positions=True"):
        tower(images)
    assert tower(images, interpolate_positions=True).shape == (2, 512)
    own = images[:, :, :8]
    right = tower(own).detach().numpy()
    np.testing.assert_array_equal(tower(own, interpolate_positions=True).detach().numpy(), right)
    larger = CLIPVision(replace(tower.config, image_size=12)).eval()
    state = tower.state_dict()
    state["position_embedding.weight"] = stretched(
        tower.position_embedding.weight[None], (2, 2), (3, 3)
    )[0].detach()
    larger.load_state_dict(state)
    images = randn(2, 3, 12, 12)
    found = tower(images, interpolate_positions=True).detach().numpy()
    np.testing.assert_array_equal(found, larger(images).detach().numpy())
