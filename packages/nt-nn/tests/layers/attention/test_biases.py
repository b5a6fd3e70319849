"""ALiBi and T5's relative bias: their published numbers, and T5's published buckets."""

import json
from pathlib import Path

import numpy as np
import pytest
from nt_autograd import Tensor, gradcheck, scaled_dot_product_attention
from nt_nn import ALiBi, T5RelativePositionBias
from nt_tensor import Generator
from safetensors.numpy import load_file

FOLDER = Path(__file__).resolve().parents[5].parent / "shared" / "goldens" / "hf" / "t5_v1_0"


def test_slopes_are_those_of_the_paper():
    assert ALiBi(8).slopes.tolist() == [2.0**-i for i in range(1, 9)]
    assert ALiBi(1).slopes.tolist() == [2.0**-8]
    sixteen = ALiBi(16, dtype="float64").slopes.numpy()
    np.testing.assert_allclose(sixteen, 2.0 ** (-np.arange(1, 17) / 2), rtol=1e-14)


@pytest.mark.parametrize(("heads", "power"), [(3, 2), (6, 4), (12, 8), (20, 16)])
def test_other_numbers_of_heads_take_every_other_slope_of_twice_as_many(heads, power):
    found = ALiBi(heads, dtype="float64").slopes.numpy()
    np.testing.assert_array_equal(found[:power], ALiBi(power, dtype="float64").slopes.numpy())
    double = ALiBi(2 * power, dtype="float64").slopes.numpy()
    np.testing.assert_allclose(found[power:], double[::2][: heads - power], rtol=1e-14)


@pytest.mark.parametrize(("queries", "keys", "offset"), [(4, None, None), (2, 5, None), (3, 4, 0)])
def test_biases_fall_with_the_distance(queries, keys, offset):
    bias = ALiBi(3, dtype="float64")
    found, slopes = bias(queries, keys, offset=offset).numpy(), bias.slopes.numpy()
    keys = queries if keys is None else keys
    first = keys - queries if offset is None else offset
    assert found.shape == (3, queries, keys)
    for h, i, j in np.ndindex(found.shape):
        assert found[h, i, j] == pytest.approx(-slopes[h] * abs(i + first - j))


def test_alibi_in_attention_is_a_factor_on_every_weight():
    rng = np.random.default_rng(0)
    q, k, v = (Tensor(rng.normal(size=(2, 5, 4))) for _ in range(3))
    y = scaled_dot_product_attention(q, k, v, ALiBi(2, dtype="float64")(5), is_causal=True)
    for h in range(2):
        for i in range(5):
            scores = (k.numpy()[h, : i + 1] @ q.numpy()[h, i]) / 2
            weights = np.exp(scores) * np.exp(-ALiBi(2).slopes.tolist()[h]) ** np.arange(i, -1, -1)
            expected = weights @ v.numpy()[h, : i + 1] / weights.sum()
            np.testing.assert_allclose(y.numpy()[h, i], expected, rtol=1e-6)


@pytest.mark.parametrize("bidirectional", [False, True])
def test_near_distances_have_a_bucket_each_and_far_ones_share(bidirectional):
    bias = T5RelativePositionBias(2, 32, 128, bidirectional)
    past = [bias.bucket(-d) for d in range(300)]
    exact = 8 if bidirectional else 16
    assert past[:exact] == list(range(exact))
    assert past == sorted(past)
    assert set(past) == set(range(2 * exact))
    assert past[127] == past[-1] == 2 * exact - 1
    future = [bias.bucket(d) for d in range(1, 300)]
    if bidirectional:
        assert future == [16 + b for b in past[1:]]
    else:
        assert set(future) == {0}


@pytest.mark.parametrize("key", ["bidirectional", "causal"])
def test_buckets_are_those_of_published_models(key):
    if not FOLDER.is_dir():
        pytest.skip("no ../shared/goldens/hf/t5_v1_0")
    arrays = load_file(FOLDER / "goldens.safetensors")
    config = json.loads((FOLDER / "config.json").read_text())
    bias = T5RelativePositionBias(
        2,
        config["relative_attention_num_buckets"],
        config["relative_attention_max_distance"],
        key == "bidirectional",
    )
    found = [bias.bucket(d) for d in arrays["bucket.relative_position"].ravel().tolist()]
    assert found == arrays[f"bucket.{key}"].ravel().tolist()


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize(("queries", "keys", "offset"), [(4, 4, None), (1, 6, None), (3, 5, 0)])
def test_a_bias_is_its_buckets_row(bidirectional, queries, keys, offset):
    bias = T5RelativePositionBias(3, 8, 16, bidirectional, generator=Generator(0))
    found, weight = bias(queries, keys, offset=offset).detach().numpy(), bias.weight.tolist()
    first = keys - queries if offset is None else offset
    for i in range(queries):
        for j in range(keys):
            assert found[:, i, j].tolist() == weight[bias.bucket(j - i - first)]


def test_gradients_agree_with_finite_differences():
    bias = T5RelativePositionBias(2, 4, 8, dtype="float64", generator=Generator(0))

    def by_weight(weight):
        bias.weight = weight
        return bias(5, 3)

    assert gradcheck(by_weight, bias.weight)


@pytest.mark.parametrize("device", ["cpu", "mlx"])
def test_biases_lie_where_their_module_does(device):
    if device == "mlx":
        pytest.importorskip("mlx.core")
    for module in (ALiBi(2, device=device), T5RelativePositionBias(2, 8, 16, device=device)):
        found = module(3, 5)
        assert found.device == next(iter((*module.parameters(), *module.buffers()))).device
        assert str(found.dtype) == "float32"


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r"num_heads \(0\) must be positive"):
        ALiBi(0)
    with pytest.raises(ValueError, match=r"queries \(0\) and keys \(3\) must be positive"):
        ALiBi(2)(0, 3)
    with pytest.raises(ValueError, match=r"num_buckets \(7\) a multiple of 2, 4 or more"):
        T5RelativePositionBias(2, 7)
    with pytest.raises(ValueError, match=r"max_distance \(8\) must be more than the 8 distances"):
        T5RelativePositionBias(2, 32, 8)
