"""Embedding picks rows, adds up what its rows are used for, and leaves the padding row alone."""

import numpy as np
import pytest
from nt_autograd import Tensor, tensor
from nt_nn import Embedding, Parameter
from nt_tensor import Generator


def test_each_id_gets_its_row_whatever_the_shape_of_the_ids():
    table = Embedding(5, 3, generator=Generator(0))
    rows = table.weight.tolist()
    assert table(tensor([[4, 0], [0, 2]])).tolist() == [[rows[4], rows[0]], [rows[0], rows[2]]]
    assert table(tensor(3)).tolist() == rows[3]
    assert table(np.array([1])).tolist() == [rows[1]]
    assert table(Tensor(np.zeros((0, 2), np.int64))).shape == (0, 2, 3)


def test_a_row_that_is_used_often_collects_every_gradient():
    table = Embedding(4, 2)
    weights = tensor([1.0, 10.0, 100.0, 1000.0]).reshape(4, 1)
    (table(tensor([2, 0, 2, 2])) * weights).sum().backward()
    assert table.weight.grad.tolist() == [[10.0, 10.0], [0.0, 0.0], [1101.0, 1101.0], [0.0, 0.0]]


@pytest.mark.parametrize("padding", [1, -3])
def test_the_padding_row_is_zero_and_gets_no_gradient(padding):
    table = Embedding(4, 2, padding_idx=padding)
    assert table.weight[1].tolist() == [0.0, 0.0]
    assert table(tensor([1])).tolist() == [[0.0, 0.0]]
    table(tensor([1, 1, 2])).sum().backward()
    assert table.weight.grad.tolist() == [[0.0, 0.0], [0.0, 0.0], [1.0, 1.0], [0.0, 0.0]]


def test_drawn_anew_with_another_spread_the_padding_row_stays_zero():
    table = Embedding(400, 50, padding_idx=3)
    table.reset_parameters(Generator(0), std=0.02)
    values = table.weight.detach().numpy()
    assert (values[3] == 0).all()
    assert np.delete(values, 3, 0).std() == pytest.approx(0.02, rel=0.03)


def test_a_table_can_be_tied_to_another_weight():
    table = Embedding(3, 2)
    table.weight = Parameter([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    assert table(tensor([2])).tolist() == [[5.0, 6.0]]


def test_long_vectors_are_shortened_for_good_where_they_are_used():
    table = Embedding(3, 2, max_norm=1.0)
    table.weight = Parameter([[3.0, 4.0], [0.3, 0.4], [30.0, 40.0]])
    y = table(tensor([[0, 1], [0, 0]]))
    np.testing.assert_allclose(y[0].detach().numpy(), [[0.6, 0.8], [0.3, 0.4]], rtol=1e-6)
    np.testing.assert_allclose(
        table.weight.detach().numpy(), [[0.6, 0.8], [0.3, 0.4], [30.0, 40.0]], rtol=1e-6
    )
    y.sum().backward()
    assert table.weight.grad.tolist() == [[3.0, 3.0], [1.0, 1.0], [0.0, 0.0]]
    taxi = Embedding(1, 2, max_norm=1.0, norm_type=1)
    taxi.weight = Parameter([[3.0, -1.0]])
    np.testing.assert_allclose(taxi(tensor(0)).detach().numpy(), [0.75, -0.25], rtol=1e-6)


def test_a_gradient_may_be_shared_out_by_how_often_a_row_is_used():
    table = Embedding(3, 1, padding_idx=2, scale_grad_by_freq=True)
    weights = tensor([1.0, 2.0, 6.0, 5.0, 9.0]).reshape(5, 1)
    (table(tensor([1, 1, 1, 0, 2])) * weights).sum().backward()
    assert table.weight.grad.tolist() == [[5.0], [3.0], [0.0]]


def test_a_pretrained_table_is_taken_as_it_is():
    vectors = tensor([[1.0, 2.0], [3.0, 4.0]])
    table = Embedding.from_pretrained(vectors, padding_idx=-1)
    assert table(tensor([1])).tolist() == [[3.0, 4.0]]
    assert not table.weight.requires_grad
    assert table.padding_idx == 1
    learning = Embedding.from_pretrained(vectors, freeze=False, padding_idx=1)
    learning(tensor([0, 1])).sum().backward()
    assert learning.weight.grad.tolist() == [[1.0, 1.0], [0.0, 0.0]]
    with pytest.raises(ValueError, match=r"embeddings must be \(num.*got \(2,\)"):
        Embedding.from_pretrained(tensor([1.0, 2.0]))


def test_its_repr_tells_what_is_not_as_usual():
    assert repr(Embedding(4, 2)) == "Embedding(4, 2)"
    table = Embedding(4, 2, 1, max_norm=2.0)
    assert repr(table) == "Embedding(4, 2, padding_idx=1, max_norm=2.0)"


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r"max_norm \(0.0\) must be positive"):
        Embedding(4, 2, max_norm=0.0)
    with pytest.raises(ValueError, match=r"padding_idx \(4\).*num_embeddings \(4\)"):
        Embedding(4, 2, padding_idx=4)
    with pytest.raises(ValueError, match="must be positive"):
        Embedding(0, 2)
    with pytest.raises(IndexError, match="7"):
        Embedding(4, 2)(tensor([0, 7]))
    with pytest.raises(IndexError, match="-1"):
        Embedding(4, 2)(tensor([-1]))
    with pytest.raises((TypeError, ValueError), match="float32"):
        Embedding(4, 2)(tensor([1.0]))


@pytest.mark.goldens("embedding", "embedding.*")
def test_it_agrees_with_pytorch(golden, agree):
    table = Embedding(**golden.about["ctor"]).to("float64")
    table.weight = Parameter(golden.tensor("param.weight"))
    y = table(golden.tensor("input.ids", "int64"))
    agree(y, golden.arrays["output.0"], 1e-12)
    (y * golden.tensor("cotangent.0")).sum().backward()
    agree(table.weight.grad, golden.arrays["grad.param.weight"], 1e-12)
