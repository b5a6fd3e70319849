"""EmbeddingBag: bags by rows and by offsets, options, PyTorch's numbers."""

import numpy as np
import pytest
from nt_autograd import tensor
from nt_nn import EmbeddingBag, Parameter

ROWS = [[1.0, -2.0], [3.0, 4.0], [-5.0, 6.0]]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("sum", [[4.0, 2.0], [-4.0, 4.0]]),
        ("mean", [[2.0, 1.0], [-2.0, 2.0]]),
        ("max", [[3.0, 4.0], [1.0, 6.0]]),
    ],
)
def test_a_bag_is_a_row_or_lies_between_two_offsets(mode, expected):
    table = EmbeddingBag(3, 2, mode=mode)
    table.weight = Parameter(ROWS)
    assert table(tensor([[0, 1], [2, 0]])).tolist() == expected
    ids = tensor([0, 1, 2, 0])
    assert table(ids, tensor([0, 2])).tolist() == expected
    last = EmbeddingBag.from_pretrained(tensor(ROWS), mode=mode, include_last_offset=True)
    assert last(ids, tensor([0, 2, 4])).tolist() == expected


def test_the_padding_row_counts_nothing_and_begins_as_zeros():
    table = EmbeddingBag(3, 2, padding_idx=-1)
    assert table.weight[2].tolist() == [0.0, 0.0]
    table.weight = Parameter(ROWS)
    assert table(tensor([[0, 2, 2], [2, 2, 2]])).tolist() == [ROWS[0], [0.0, 0.0]]


def test_a_pretrained_table_is_taken_as_it_is_and_frozen():
    table = EmbeddingBag.from_pretrained(tensor(ROWS), mode="sum", padding_idx=0)
    assert table(tensor([[0, 1, 1]])).tolist() == [[6.0, 8.0]]
    assert not table.weight.requires_grad
    assert EmbeddingBag.from_pretrained(tensor(ROWS), False).weight.requires_grad


def test_its_repr_tells_the_mode():
    assert repr(EmbeddingBag(4, 2, mode="max")) == "EmbeddingBag(4, 2, mode='max')"


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r'mode must be "sum", "mean" or "max", got \'min\''):
        EmbeddingBag(3, 2, mode="min")
    with pytest.raises(ValueError, match=r'scale_grad_by_freq does not go with mode "max"'):
        EmbeddingBag(3, 2, scale_grad_by_freq=True, mode="max")
    with pytest.raises(ValueError, match=r"padding_idx \(3\)"):
        EmbeddingBag(3, 2, padding_idx=3)
    with pytest.raises(IndexError, match="7"):
        EmbeddingBag(3, 2)(tensor([[0, 7]]))


@pytest.mark.goldens("embedding", "bag_.*")
@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-12), ("float32", 1e-6)])
def test_it_agrees_with_pytorch(golden, agree, dtype, limit):
    table = EmbeddingBag(**golden.about["ctor"]).to(dtype)
    table.weight = Parameter(golden.tensor("param.weight", dtype))
    given = {n: golden.tensor(f"input.{n}", "int64") for n in golden.about["inputs"][:1]}
    if "offsets" in golden.about["inputs"]:
        given["offsets"] = golden.tensor("input.offsets", "int64")
    if "per_sample_weights" in golden.about["inputs"]:
        given["per_sample_weights"] = golden.leaf("input.per_sample_weights", dtype)
    y = table(given.pop("ids"), **given)
    agree(y, golden.arrays["output.0"], limit)
    (y * golden.tensor("cotangent.0", dtype)).sum().backward()
    agree(table.weight.grad, golden.arrays["grad.param.weight"], limit)
    for name in golden.about["grad_inputs"]:
        agree(given[name].grad, golden.arrays[f"grad.input.{name}"], limit)


def test_gradients_of_all_uses_are_summed():
    table = EmbeddingBag(3, 1, mode="mean")
    (table(tensor([0, 0, 1]), tensor([0, 2, 2])) * tensor([[8.0], [5.0], [3.0]])).sum().backward()
    np.testing.assert_array_equal(table.weight.grad.numpy(), [[8.0], [3.0], [0.0]])
