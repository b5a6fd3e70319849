"""CLIP answers as transformers does: features, logits, states, attention, loss, gradients."""

import nt_models.weights._clip as clip
import numpy as np
import pytest
from nt_autograd import tensor
from nt_models import CLIPText, CLIPVision

EXACT, ROUNDED = ("float64", 1e-10), ("float32", 1e-5)  # how near the outputs must be


def near(found, right, limit, floor=0.0):
    assert found.shape == right.shape
    assert np.abs(found - right).max() <= limit * max(np.abs(right).max(), floor)


def walk(tower, x, **options):
    """Hidden states and attention maps of a tower's blocks, from what they are given first."""
    states, maps = [x], []
    for block in tower.blocks:
        _, weights = block.attention(
            block.norm1(x), need_weights=True, average_attn_weights=False, **options
        )
        x = block(x, options.get("key_padding_mask"), options.get("is_causal", False))
        states.append(x)
        maps.append(weights)
    return states, maps


@pytest.mark.parametrize(("dtype", "limit"), [EXACT, ROUNDED])
def test_it_is_the_published_one(dtype, limit, device, published):
    if device != "cpu" and dtype == "float64":
        pytest.skip("float64 is checked on NumPy")
    config, weights, answers = published("clip")
    architecture = clip.ARCHITECTURES[0]
    model = architecture.model(architecture.read_config(config))
    table = architecture.table
    shapes = {name: t.shape for name, t in model.state_dict().items()}
    model.load_state_dict(table.to_ours(weights, shapes))
    model.to(dtype).to(device).eval()
    ids = tensor(answers["input.input_ids"], device=device)
    mask = tensor(answers["input.attention_mask"], device=device)
    images = tensor(answers["input.pixel_values"], device=device).to(dtype)

    logits = model(images, ids, mask)
    near(logits.detach().numpy(), answers["output64.logits_per_image"], limit)
    near(logits.detach().numpy().T, answers["output64.logits_per_text"], limit)
    near(model.encode_image(images).detach().numpy(), answers["output64.image_embeds"], limit)
    near(model.encode_text(ids, mask).detach().numpy(), answers["output64.text_embeds"], limit)

    kept, seen = max(limit, 2e-6), {}  # the states are rounded to float32
    for kind in ("text", "vision"):
        tower = getattr(model, kind)
        bare = (CLIPText if kind == "text" else CLIPVision)(
            type(tower.config)(**{**tower.config.__dict__, "projection": None})
        )
        state = {n: t for n, t in tower.state_dict().items() if not n.startswith("projection")}
        bare.load_state_dict(state)
        bare.to(dtype).to(device)
        pooled = bare(ids, mask) if kind == "text" else bare(images)
        near(pooled.detach().numpy(), answers[f"output64.{kind}.pooler_output"], limit)
        given = []
        first = tower.blocks[0].register_forward_pre_hook(
            lambda _, args, g=given: g.append(args[0])
        )
        tower(ids, mask) if kind == "text" else tower(images)
        first.remove()
        options = {"key_padding_mask": mask == 0, "is_causal": True} if kind == "text" else {}
        seen[kind] = walk(tower, given[0], **options)
    real = {"text": answers["input.attention_mask"], "vision": np.ones((3, 17))}
    for kind, (states, maps) in seen.items():
        for i, state in enumerate(states):
            found = state.detach().numpy() * real[kind][:, :, None]
            near(found, answers[f"output.{kind}.hidden_states.{i}"], kept)
        for i, weights in enumerate(maps):
            found = weights.detach().numpy() * real[kind][:, None, :, None]
            near(found, answers[f"output.{kind}.attentions.{i}"], kept)
        assert len(maps) == 2

    loss = model.loss(images, ids[:3], mask[:3])
    assert loss.item() == pytest.approx(float(answers["output64.loss_first3"]), rel=limit)
    loss.backward()
    right = {n.removeprefix("grad."): a for n, a in answers.items() if n.startswith("grad.")}
    right = table.to_ours(right, shapes)
    floor = 1e-3 * max(np.abs(g).max() for g in right.values())
    loose = 1.5e-5 if device == "mlx" else 1e-5
    for name, p in model.named_parameters():
        # of the scale: nine cosines times what sums up to zero, 49 times smaller than its parts.
        # Each layer's rounding moves it by up to 0.4e-5, all of them together, as if at random, by
        # 0.7e-5 on MLX and 0.8e-5 on NumPy; PyTorch's float32 is 0.9e-5 off
        limit = 2e-6 if dtype == "float64" else loose if name == "logit_scale" else 1e-5
        near(p.grad.numpy(), right.pop(name), limit, floor)
    assert right == {}
