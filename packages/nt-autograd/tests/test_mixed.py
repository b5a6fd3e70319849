"""Under autocast products are computed in half precision, what needs range in float32."""

import threading

import numpy as np
import pytest
from nt_autograd import (
    autocast,
    checkpoint,
    cross_entropy,
    exp,
    layer_norm,
    linear,
    matmul,
    mixed,
    ones,
    relu,
    scaled_dot_product_attention,
    softmax,
    tensor,
    transforms,
)
from nt_autograd.op import OPS

LOWER = [
    pytest.param("cpu", "float16", id="numpy-float16"),
    pytest.param("mlx", "float16", id="mlx-float16"),
    pytest.param("mlx", "bfloat16", id="mlx-bfloat16"),
    pytest.param("cuda", "float16", id="cuda-float16", marks=pytest.mark.cuda),
]


def normal(*shape, device="cpu", seed=0):
    values = np.random.default_rng(seed).standard_normal(shape)
    return tensor(values, dtype="float32", device=device, requires_grad=True)


@pytest.mark.parametrize(("device", "dtype"), LOWER)
def test_each_op_runs_in_its_precision_and_gradients_are_float32(device, dtype):
    try:
        x, w = normal(4, 8, device=device), normal(8, 8, device=device, seed=1)
    except (ImportError, RuntimeError) as missing:
        pytest.skip(f"no device {device} here: {missing}")
    with autocast(dtype):
        h = linear(x, w)
        assert str(h.dtype) == str((h @ w).dtype) == str(relu(h).dtype) == dtype
        heads = h.reshape(1, 2, 2, 8)
        assert str(scaled_dot_product_attention(heads, heads, heads).dtype) == dtype
        for y in (softmax(h, dim=-1), exp(h), h.sum(), layer_norm(h, (8,))):
            assert str(y.dtype) == "float32"
        loss = cross_entropy(h, tensor([0, 1, 2, 3], device=device))
    assert str(loss.dtype) == "float32"
    loss.backward()
    assert str(x.grad.dtype) == str(w.grad.dtype) == "float32"
    assert str((x @ w).dtype) == "float32"  # outside it is as before


def test_it_equals_the_casts_written_by_hand():
    x, w = normal(4, 8), normal(8, 8, seed=1)
    with autocast("float16"):
        found = softmax(linear(x, w), dim=-1)
    found.sum(dim=0)[0].backward()
    gradients = x.grad.numpy(), w.grad.numpy()
    x.grad = w.grad = None
    by_hand = softmax(linear(x.half(), w.half()).float(), dim=-1)
    by_hand.sum(dim=0)[0].backward()
    np.testing.assert_array_equal(found.detach().numpy(), by_hand.detach().numpy())
    np.testing.assert_array_equal(gradients[0], x.grad.numpy())
    np.testing.assert_array_equal(gradients[1], w.grad.numpy())
    with_float32 = softmax(linear(x, w), dim=-1).detach().numpy()
    assert 0 < np.abs(found.detach().numpy() - with_float32).max() < 0.02


def test_what_overflows_in_half_precision_is_computed_in_float32():
    x = tensor([12.0], dtype="float16")
    with np.errstate(over="ignore"):
        assert np.isinf(exp(x).numpy()).all()
    with autocast("float16"):
        assert exp(x).item() == pytest.approx(np.exp(12.0), rel=1e-6)
        assert ones(100_000, dtype="float16").sum().item() == 100_000


def test_float64_and_integers_are_left_alone():
    with autocast("float16"):
        assert str(matmul(ones(2, 2, dtype="float64"), ones(2, 2, dtype="float64")).dtype) == (
            "float64"
        )
        assert str(tensor([1, 2]).sum().dtype) == "int64"


def test_it_can_be_switched_off_inside_and_ends_with_its_block():
    x = ones(2, 2)
    with autocast("float16"):
        with autocast("float16", enabled=False):
            assert str((x @ x).dtype) == "float32"
        assert str((x @ x).dtype) == "float16"
        with pytest.raises(ValueError, match="matmul"):
            x @ ones(3, 3)
    assert str((x @ x).dtype) == "float32"
    assert transforms.contexts == 0


def test_it_is_a_decorator():
    @autocast("float16")
    def product(x):
        return x @ x

    assert str(product(ones(2, 2)).dtype) == str(product(ones(2, 2)).dtype) == "float16"


def test_it_holds_for_its_thread_alone():
    found = []
    with autocast("float16"):
        thread = threading.Thread(target=lambda: found.append((ones(2, 2) @ ones(2, 2)).dtype))
        thread.start()
        thread.join()
    assert [str(each) for each in found] == ["float32"]


def test_a_checkpoint_is_run_again_as_it_was_run():
    x, w = normal(4, 8), normal(8, 8, seed=1)

    def block(x):
        return relu(linear(x, w))

    with autocast("float16"):
        plain = block(x).float().sum()
        again = checkpoint(block, x).float().sum()
    plain.backward()
    gradient = w.grad.numpy()
    w.grad = None
    again.backward()
    np.testing.assert_array_equal(w.grad.numpy(), gradient)


def test_every_name_in_the_tables_is_an_op():
    assert set(mixed.LOWER) | set(mixed.FLOAT32) <= set(OPS)
    assert not set(mixed.LOWER) & set(mixed.FLOAT32)


def test_other_dtypes_are_refused_by_name():
    wrong = r"dtype \(float32\) must be float16 or bfloat16"
    with pytest.raises(ValueError, match=wrong), autocast("float32"):
        pass
    with pytest.raises((TypeError, ValueError), match="bfloat16"), autocast("bfloat16"):
        ones(2, 2) @ ones(2, 2)
