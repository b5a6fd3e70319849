"""Laws of all recurrent layers: directions, lengths, layers, chunks, dtypes, costs, errors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nt_autograd import cat, count_flops, grad, stack, tensor
from nt_tensor import Generator

NAMES = ["rnn_tanh", "rnn_relu", "lstm", "gru"]
each_name = pytest.mark.parametrize("name", NAMES)


def near(found, expected, limit=1e-12):
    np.testing.assert_allclose(found.detach().numpy(), expected.detach().numpy(), atol=limit)


@each_name
def test_two_ways_are_one_way_and_one_way_on_the_sequence_turned_round(name, layers):
    both, one = layers(name, ways=2), layers(name)
    x, *rest = [tensor(a) for a in both.arrays()]
    states, params = rest[: both.count], rest[both.count :]
    half = len(params) // 2
    there = one(x, *[s[:1] for s in states], *params[:half])
    turned = x.reshape(3, 2, 3).flip(0).reshape(6, 3)
    back = one(turned, *[s[1:] for s in states], *params[half:])
    y, *last = both(x, *rest)
    near(y[:, :4], there[0])
    near(y[:, 4:].reshape(3, 2, 4).flip(0).reshape(6, 4), back[0])
    for k, state in enumerate(last):
        near(state, cat([there[1 + k], back[1 + k]]))


@pytest.mark.parametrize("ways", [1, 2])
@each_name
@settings(max_examples=15, deadline=None)
@given(lengths=st.lists(st.integers(1, 6), min_size=1, max_size=5))
def test_sequences_of_many_lengths_go_as_each_one_alone(name, ways, lengths, layers):
    lengths = sorted(lengths, reverse=True)
    sizes = tuple(sum(n > t for n in lengths) for t in range(lengths[0]))
    case = layers(name, sizes=sizes, ways=ways, layers=2)
    arrays = [tensor(a, requires_grad=True) for a in case.arrays()]
    y, *last = case(*arrays)
    x, *rest = arrays
    states, params = rest[: case.count], rest[case.count :]
    starts = np.cumsum((0, *sizes))
    total = 0.0
    for b, length in enumerate(lengths):
        rows = [int(starts[t]) + b for t in range(length)]
        one = layers(name, sizes=(1,) * length, ways=ways, layers=2)
        found, *ends = one(x[rows], *[s[:, b : b + 1] for s in states], *params)
        near(y[rows], found)
        for many, end in zip(last, ends, strict=True):
            near(many[:, b : b + 1], end)
        total = total + (found * found).sum() + sum((end * end * end).sum() for end in ends)
    whole = (y * y).sum() + sum((end * end * end).sum() for end in last)
    for one, other in zip(grad(whole, arrays), grad(total, arrays), strict=True):
        near(one, other, 1e-10)


@each_name
def test_states_carried_over_chunks_give_the_whole(name, layers, road):
    case = layers(name, sizes=(2,) * 7, layers=2)
    x, *rest = [tensor(a, dtype="float32", device=road) for a in case.arrays(0.5)]
    states, params = rest[: case.count], rest[case.count :]
    y, *last = case(x, *rest)
    parts = []
    for start, stop in ((0, 3), (3, 4), (4, 7)):
        part = layers(name, sizes=(2,) * (stop - start), layers=2)
        found, *states = part(x[2 * start : 2 * stop], *states, *params)
        parts.append(found)
    near(cat(parts), y, 1e-6)
    for one, other in zip(states, last, strict=True):
        near(one, other, 1e-6)


@each_name
def test_a_second_layer_reads_the_first(name, layers):
    both = layers(name, layers=2)
    x, *rest = [tensor(a) for a in both.arrays()]
    states, params = rest[: both.count], rest[both.count :]
    first, second = layers(name), layers(name, width=4)
    y, *ends = first(x, *[s[:1] for s in states], *params[:4])
    y, *more = second(y, *[s[1:] for s in states], *params[4:])
    found, *last = both(x, *rest)
    near(found, y)
    for k, state in enumerate(last):
        near(state, cat([ends[k], more[k]]))


@each_name
def test_the_batch_may_come_first_or_second_and_strides_do_not_matter(name, layers, road):
    case = layers(name, sizes=(2, 2, 2), ways=2)
    x, *rest = [tensor(a, dtype="float32", device=road) for a in case.arrays()]
    y, *last = case(x, *rest)
    steps = x.reshape(3, 2, 3)
    second, *same = case(steps, *rest, batch_sizes=None)
    near(second.reshape(6, 8), y, 0)
    wide = stack([steps.transpose(0, 1), steps.transpose(0, 1) * 0], 3).reshape(2, 3, 6)
    first, *also = case(wide[:, :, ::2], *rest, batch_sizes=None, batch_first=True)
    near(first.transpose(0, 1).reshape(6, 8), y, 0)
    for state, one, other in zip(last, same, also, strict=True):
        near(state, one, 0)
        near(state, other, 0)


@each_name
def test_a_gradient_of_the_fused_layer_is_that_of_its_plain_form(name, layers):
    case = layers(name, sizes=(3, 2, 2), out=2 if name == "lstm" else None)
    xs = [tensor(a, requires_grad=True) for a in case.arrays()]
    v = tensor(np.random.default_rng(3).standard_normal(case.flat(*xs).shape))
    fused = grad(case.flat(*xs), xs, v)
    plain = grad(case.flat(*xs), xs, v, create_graph=True)
    for one, other in zip(fused, plain, strict=True):
        near(one, other)


@each_name
def test_only_what_is_asked_for_gets_a_gradient(name, layers):
    case = layers(name)
    arrays = case.arrays()
    for k in range(len(arrays)):
        xs = [tensor(a, requires_grad=j == k) for j, a in enumerate(arrays)]
        y = case(*xs)[-1].sum()  # the last state alone: nothing comes to the outputs
        y.backward()
        assert [x.grad is not None for x in xs] == [j == k for j in range(len(xs))]
        alone = xs[k].grad.numpy()
        xs = [tensor(a, requires_grad=True) for a in arrays]
        np.testing.assert_allclose(grad(case(*xs)[-1].sum(), xs)[k].numpy(), alone, atol=1e-14)


@each_name
def test_float16_stays_and_is_summed_in_float32(name, layers, road, agree):
    case = layers(name, sizes=(3, 3, 2), hidden=8, layers=2)
    agree(case.flat, *case.arrays(0.4), device=road, dtype="float16", limit=2e-2)


@each_name
def test_dropout_is_between_layers_and_only_in_training(name, layers):
    case = layers(name, layers=2)
    arrays = [tensor(a) for a in case.arrays()]
    plain = case(*arrays)[0].numpy()

    def run(**options):
        return case(*arrays, generator=Generator(0), **options)[0].numpy()

    np.testing.assert_array_equal(run(dropout=0.5, train=False), plain)
    np.testing.assert_array_equal(run(dropout=0.0, train=True), plain)
    np.testing.assert_array_equal(run(dropout=0.5, train=True), run(dropout=0.5, train=True))
    assert abs(run(dropout=0.5, train=True) - plain).max() > 1e-3
    # What the second layer reads is all dropped: its input weights do not matter.
    one = case(*arrays, dropout=1.0, train=True)[0].numpy()
    other = list(arrays)
    other[-4] = other[-4] * 3.0
    np.testing.assert_array_equal(case(*other, dropout=1.0, train=True)[0].numpy(), one)
    single = layers(name)
    arrays = [tensor(a) for a in single.arrays()]
    np.testing.assert_array_equal(
        single(*arrays, dropout=0.9, train=True)[0].numpy(), single(*arrays)[0].numpy()
    )


@each_name
def test_an_empty_batch_gives_empty_results_and_zero_gradients(name, layers, road):
    case = layers(name, sizes=(0, 0))
    xs = [tensor(a, dtype="float32", device=road, requires_grad=True) for a in case.arrays()]
    y, *last = case(xs[0].reshape(2, 0, 3), *xs[1:], batch_sizes=None)
    assert y.shape == (2, 0, 4)
    assert last[0].shape == (1, 0, 4)
    for x, g in zip(xs, grad(y.sum(), xs), strict=True):
        assert g.shape == x.shape
        assert not g.numpy().any()


@pytest.mark.parametrize(("op", "name"), [("rnn", "rnn_tanh"), ("gru", "gru"), ("lstm", "lstm")])
def test_its_cost_is_that_of_its_products(op, name, layers):
    case = layers(name, sizes=(4, 3, 3), bias=False)
    x, *rest = [tensor(a) for a in case.arrays()]
    rest = [a.requires_grad_() for a in rest]
    with count_flops() as count:
        case(x, *rest)[0].sum().backward()
    inner, outer = 2 * 10 * case.shapes[-1][0] * 4, 2 * 10 * case.shapes[-1][0] * 3
    assert count.by_op[op][1] == inner + outer
    assert count.by_op[f"{op}_backward"][1] == 2 * inner  # into the state, into its weight
    assert count.by_op["product"][1] == outer  # into the input's weight; the input asks for none


@each_name
def test_what_does_not_fit_is_named(name, layers):
    case = layers(name, layers=2)
    x, *rest = [tensor(a) for a in case.arrays()]
    states = rest[: case.count]
    with pytest.raises(
        ValueError, match=rf"{name}: input must be \(time, batch, in\), got \(6, 3\)"
    ):
        case(x, *rest, batch_sizes=None)
    with pytest.raises(ValueError, match=rf"{name}: input must have at least one step"):
        case(tensor(np.ones((0, 2, 3))), *rest, batch_sizes=None)
    with pytest.raises(ValueError, match=r"as many rows as batch_sizes sum to \(3\), got \(6, 3\)"):
        case(x, *rest, batch_sizes=(2, 1))
    with pytest.raises(ValueError, match=r"batch_sizes must be positive and fall, got \(2, 4\)"):
        case(x, *rest, batch_sizes=(2, 4))
    with pytest.raises(ValueError, match=rf"{name}: params must be 8 tensors .*, got 7"):
        case(x, *rest[:-1])
    with pytest.raises(ValueError, match=rf"{name}: hx must be .* \(2, 2, …\), got \(2, 1, 4\)"):
        case(x, *[s[:, :1] for s in states], *rest[case.count :])
    with pytest.raises(ValueError, match=rf"{name}, layer 0: w_ih has shape"):
        case(x[:, :2], *rest)
    with pytest.raises(ValueError, match=rf"{name}, layer 1: b_hh has shape \(1,\)"):
        case(x, *rest[:-1], tensor([1.0]))
    with pytest.raises(TypeError, match="input must be floating-point, not int64"):
        case(tensor(np.ones((6, 3), np.int64)), *rest)
