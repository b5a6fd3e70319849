"""Parallel: shares of a batch in threads give what the whole batch gives, and nothing stays."""

import threading

import nt_autograd as ag
import nt_tensor as nt
import numpy as np
import pytest
from nt_autograd import Tensor, cross_entropy, detect_anomaly, no_grad, tensor
from nt_nn import Dropout, Embedding, LayerNorm, Linear, Parallel, Sequential, gather_shares
from nt_nn.parallel import cores
from threadpoolctl import threadpool_info


def network(dtype="float32", p=0.0, device=None):
    random = nt.Generator(0)
    options = {"generator": random, "dtype": dtype, "device": device}
    return Sequential(
        Linear(6, 16, **options),
        LayerNorm(16, dtype=dtype, device=device),
        Dropout(p),
        Linear(16, 5, **options),
    )


def batch(n, dtype="float32", device="cpu"):
    rng = np.random.default_rng(n)
    x = tensor(rng.standard_normal((n, 6)), dtype=dtype, device=device)
    return x, tensor(rng.integers(0, 5, n), device=device)


def loss_of(model):
    return lambda x, y: cross_entropy(model(x), y)


def gradients(model):
    return [p.grad.numpy().copy() for p in model.parameters()]


def alone(model, *data):
    """Loss and gradients of the whole batch, without Parallel."""
    model.zero_grad()
    loss = loss_of(model)(*data)
    loss.backward()
    return loss.item(), gradients(model)


def unpadded(x, y):
    return int((y.data != -100).sum())


def blas_threads():
    return [info["num_threads"] for info in threadpool_info() if info["user_api"] == "blas"]


@pytest.mark.parametrize("threads", [1, 2, 3, 8])
@pytest.mark.parametrize("n", [1, 2, 7, 12])  # even shares, uneven ones, fewer items than threads
def test_shares_sum_to_the_whole_batch(threads, n):
    for dtype, limit in (("float32", 1e-6), ("float64", 1e-14)):
        model, data = network(dtype), batch(n, dtype)
        expected, right = alone(model, *data)
        model.zero_grad()
        with Parallel(model.parameters(), threads) as parallel:
            assert parallel.backward(loss_of(model), *data) == pytest.approx(
                expected, rel=limit * 10
            )
        for found, g in zip(gradients(model), right, strict=True):
            np.testing.assert_allclose(found, g, atol=limit)


@pytest.mark.parametrize("threads", [1, 2, 3, 5])
def test_a_padded_batch_weighs_what_is_not_padding(threads):
    model, (x, y) = network("float64"), batch(10, "float64")
    labels = y.numpy().copy()
    labels[[0, 1, 2, 3, 7]] = -100  # the first shares are all padding: their mean is not a number
    y = tensor(labels)
    expected, right = alone(model, x, y)
    model.zero_grad()
    with Parallel(model.parameters(), threads) as parallel:
        assert parallel.backward(loss_of(model), x, y, weigh=unpadded) == pytest.approx(expected)
    for found, g in zip(gradients(model), right, strict=True):
        np.testing.assert_allclose(found, g, atol=1e-14)


@pytest.mark.parametrize(("width", "items", "shares"), [(16, 64, 1), (256, 8, 1), (256, 64, 2)])
def test_where_nobody_says_how_many_little_work_stays_in_one_thread(
    width, items, shares, monkeypatch
):
    """64 items of 65,536 weights are four million products, 8 of them half a million."""
    monkeypatch.setattr("nt_nn.parallel.cores", lambda: 2)
    model = Linear(width, width)
    seen = []

    def loss(x):
        seen.append(len(x))
        return (model(x) ** 2).mean()

    with Parallel(model.parameters()) as parallel:
        parallel.backward(loss, ag.randn(items, width))
    assert sorted(seen) == [items // shares] * shares


def test_gradients_are_added_to_what_is_there():
    model, data = network("float64"), batch(6, "float64")
    _, right = alone(model, *data)
    with Parallel(model.parameters(), 2) as parallel:
        for times in (2, 3):
            parallel.backward(loss_of(model), *data)
            for found, g in zip(gradients(model), right, strict=True):
                np.testing.assert_allclose(found, times * g, atol=1e-13)


def test_unused_parameters_get_no_gradient_and_shared_ones_their_sum():
    table, unused = Embedding(5, 4), Linear(1, 1)
    ids = tensor(np.array([[0, 1], [1, 2], [3, 3], [0, 0]]))

    def loss(i):
        return ((table(i) @ table.weight.transpose(0, 1)) ** 2).mean()

    loss(ids).backward()
    right, table.weight.grad = table.weight.grad.numpy().copy(), None
    with Parallel([table.weight, *unused.parameters()], 3) as parallel:
        parallel.backward(loss, ids)
    np.testing.assert_allclose(table.weight.grad.numpy(), right, rtol=1e-5)
    assert unused.weight.grad is None


def test_arrays_do_as_batches_and_the_model_sees_its_share_alone():
    model, (x, y) = network(), batch(7)
    seen = []

    def loss(x, y):
        seen.append((threading.current_thread().name, len(x)))
        return cross_entropy(model(Tensor(x)), Tensor(y))

    with Parallel(model.parameters(), 3) as parallel:
        parallel.backward(loss, x.numpy(), y.numpy())
    assert sorted(n for _, n in seen) == [2, 2, 3]
    assert len({name for name, _ in seen}) > 1


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_the_same_seed_gives_the_same_bits(threads):
    found = []
    for _ in range(3):
        nt.manual_seed(7)
        model = network(p=0.3)
        with Parallel(model.parameters(), threads) as parallel:
            losses = [parallel.backward(loss_of(model), *batch(12)) for _ in range(4)]
        found.append((losses, [g.tobytes() for g in gradients(model)]))
    assert found[0] == found[1] == found[2]
    assert len(set(found[0][0])) == 4  # every step draws new masks


def test_each_share_drops_by_a_stream_of_its_own():
    ones = Linear(1, 1)
    masks = {}

    def loss(x):
        y = ag.dropout(x, 0.5)
        masks[int(x.data[0, 0])] = (y.data[:, 1:] != 0).tobytes()
        return (y.mean() * ones.weight).sum()

    x = np.ones((4, 200), np.float32)
    x[:, 0] = [1, 1, 2, 2]
    nt.manual_seed(0)
    with Parallel(ones.parameters(), 2) as parallel:
        parallel.backward(loss, tensor(x))
        first = dict(masks)
        parallel.backward(loss, tensor(x))
    assert first[1] != first[2]
    assert masks != first


@pytest.mark.parametrize("where", [0, 1, 2])
def test_an_error_in_a_share_comes_out_and_leaves_it_usable(where):
    model, data = network("float64"), batch(6, "float64")
    _, right = alone(model, *data)
    model.zero_grad()
    running = threading.Semaphore(0)

    def failing(x, y):
        if x.data[0, 0] == data[0].data[2 * where, 0]:
            raise ArithmeticError("share of misfortune")
        running.release()
        return cross_entropy(model(x), y)

    with Parallel(model.parameters(), 3) as parallel:
        with pytest.raises(ArithmeticError, match="share of misfortune"):
            parallel.backward(failing, *data)
        assert all(running.acquire(blocking=False) for _ in range(2))  # the others have ended
        assert all(p.grad is None for p in model.parameters())
        parallel.backward(loss_of(model), *data)
    for found, g in zip(gradients(model), right, strict=True):
        np.testing.assert_allclose(found, g, atol=1e-14)


def test_an_interrupt_waits_for_the_shares_and_leaves_it_usable():
    model, data = network(), batch(4)
    main = threading.main_thread()
    ended = threading.Event()
    started = threading.Event()

    def interrupted(x, y):
        if threading.current_thread() is main:
            started.wait(10)
            raise KeyboardInterrupt
        started.set()
        threading.Event().wait(0.2)
        ended.set()
        return cross_entropy(model(x), y)

    before = blas_threads()
    with Parallel(model.parameters(), 2) as parallel:
        with pytest.raises(KeyboardInterrupt):
            parallel.backward(interrupted, *data)
        assert ended.is_set()
        parallel.backward(loss_of(model), *data)
    assert blas_threads() == before


def test_matrix_products_have_one_thread_inside_and_their_own_after():
    before = blas_threads()
    model, data = network(), batch(4)
    inside = []

    def loss(x, y):
        inside.append(blas_threads())
        return cross_entropy(model(x), y)

    with Parallel(model.parameters(), 2) as parallel:
        parallel.backward(loss, *data)
    assert all(set(each) <= {1} for each in inside)
    assert blas_threads() == before
    with pytest.raises(ArithmeticError), Parallel(model.parameters(), 2):
        raise ArithmeticError
    assert blas_threads() == before


def test_no_thread_outlives_the_block():
    before = threading.active_count()
    model = network()
    with Parallel(model.parameters(), 4) as parallel:
        parallel.backward(loss_of(model), *batch(8))
        assert threading.active_count() > before
    assert threading.active_count() == before


@pytest.mark.parametrize("threads", [1, 2])
def test_outside_of_its_block_it_refuses(threads):
    model, data = network(), batch(4)
    parallel = Parallel(model.parameters(), threads)
    with pytest.raises(RuntimeError, match="use Parallel in a with block"):
        parallel.backward(loss_of(model), *data)
    with parallel:
        parallel.backward(loss_of(model), *data)
        with pytest.raises(RuntimeError, match="open already"), parallel:
            pass
        parallel.backward(loss_of(model), *data)
    with pytest.raises(RuntimeError, match="use Parallel in a with block"):
        parallel.backward(loss_of(model), *data)
    with parallel:  # and it opens again
        parallel.backward(loss_of(model), *data)


def test_what_a_share_switches_stays_with_it():
    model, data = network(), batch(6)

    def loss(x, y):
        with no_grad():  # as an evaluation inside of a loss would
            model(x)
        assert ag.is_grad_enabled()
        return cross_entropy(model(x), y)

    with Parallel(model.parameters(), 3) as parallel:
        for _ in range(3):
            parallel.backward(loss, *data)
        with no_grad(), pytest.raises(RuntimeError, match="does not require gradients"):
            parallel.backward(loss_of(model), *data)
        assert ag.is_grad_enabled()
        parallel.backward(loss, *data)


def test_anomalies_in_any_share_are_named():
    model, (x, y) = network(), batch(6)
    values = x.numpy().copy()
    values[5] = 3e38  # overflows in the last share
    with Parallel(model.parameters(), 3) as parallel:
        with detect_anomaly(), pytest.raises(ag.AnomalyError, match="linear made"):
            parallel.backward(loss_of(model), tensor(values), y)
        parallel.backward(loss_of(model), x, y)


def test_shares_see_the_program_s_device_and_numpy_settings():
    model, data = network(), batch(4)
    settings = []

    def loss(x, y):
        settings.append((np.geterr()["over"], str(nt.current_device())))
        return cross_entropy(model(x), y)

    with (
        Parallel(model.parameters(), 2) as parallel,
        np.errstate(over="ignore"),
        nt.use_device("cpu"),
    ):
        parallel.backward(loss, *data)
    assert settings == [("ignore", "cpu")] * 2


def test_hammered_it_agrees_with_one_thread():
    model = network("float64")
    random = np.random.default_rng(0)
    with Parallel(model.parameters(), 8) as parallel:
        for step in range(50):
            data = batch(8 + step % 9, "float64")
            expected, right = alone(model, *data)
            model.zero_grad()
            assert parallel.backward(loss_of(model), *data) == pytest.approx(expected)
            for p, found, g in zip(model.parameters(), gradients(model), right, strict=True):
                np.testing.assert_allclose(found, g, atol=1e-13)
                p.data = p.data + 0.01 * random.standard_normal(p.shape)


def test_several_in_several_threads_do_not_disturb_each_other():
    models = [network("float64") for _ in range(4)]
    right = alone(network("float64"), *batch(9, "float64"))[1]
    failures = []

    def train(model):
        try:
            with Parallel(model.parameters(), 2) as parallel:
                for _ in range(20):
                    model.zero_grad()
                    parallel.backward(loss_of(model), *batch(9, "float64"))
                    for found, g in zip(gradients(model), right, strict=True):
                        np.testing.assert_allclose(found, g, atol=1e-13)
        except BaseException as error:
            failures.append(error)

    before = blas_threads()
    threads = [threading.Thread(target=train, args=(model,)) for model in models]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert failures == []
    assert blas_threads() == before


def test_other_libraries_get_the_batch_whole():
    try:
        model = network(device="mlx")
    except (ImportError, RuntimeError) as missing:
        pytest.skip(f"no MLX here: {missing}")
    data = batch(6, device="mlx")
    lengths = []

    def loss(x, y):
        lengths.append(len(x))
        return cross_entropy(model(x), y)

    expected, right = alone(model, *data)
    model.zero_grad()
    with Parallel(model.parameters(), 3) as parallel:
        assert parallel.backward(loss, *data) == pytest.approx(expected)
    assert lengths == [6]
    for found, g in zip(gradients(model), right, strict=True):
        np.testing.assert_allclose(found, g, atol=1e-6)


def test_what_does_not_fit_is_named():
    model, (x, y) = network(), batch(4)
    with pytest.raises(ValueError, match=r"threads \(0\) must be at least 1"):
        Parallel(model.parameters(), 0)
    with pytest.raises(ValueError, match="got no parameters"):
        Parallel([])
    assert Parallel(model.parameters()).threads == cores()
    with Parallel(model.parameters(), 2) as parallel:
        with pytest.raises(ValueError, match=r"need one length, at least 1; got \[4, 3\]"):
            parallel.backward(loss_of(model), x, y[:3])
        with pytest.raises(ValueError, match=r"got \[0, 0\]"):
            parallel.backward(loss_of(model), x[:0], y[:0])
        with pytest.raises(ValueError, match=r"got \[\]"):
            parallel.backward(loss_of(model))
        with pytest.raises(ValueError, match=r"the loss must be one element, got shape \(2,\)"):
            parallel.backward(lambda x, y: model(x).sum(dim=1), x, y)
        with pytest.raises(ValueError, match=r"weigh \[0.0, 0.0\]; none may weigh less than 0"):
            parallel.backward(loss_of(model), x, y, weigh=lambda x, y: 0)
        with pytest.raises(ValueError, match=r"weigh \[-1.0, -1.0\]"):
            parallel.backward(loss_of(model), x, y, weigh=lambda x, y: -1)


def contrast(model, x):
    """A loss in which each item meets all others."""
    y = gather_shares(model(x))  # (batch, out)
    return ((y[:, None] - y[None, :]).pow(2) / (1 + y.pow(2).sum())).mean()


@pytest.mark.parametrize("threads", [2, 3])
def test_a_loss_over_all_items_is_that_of_the_whole_batch(threads):
    model, x = Linear(3, 2), ag.randn(7, 3)
    whole = contrast(model, x)
    expected = ag.grad(whole, list(model.parameters()))
    with Parallel(model.parameters(), threads=threads) as parallel:
        found = parallel.backward(lambda x: contrast(model, x), x)
    assert found == pytest.approx(whole.item(), rel=1e-5)
    for parameter, right in zip(model.parameters(), expected, strict=True):
        np.testing.assert_allclose(parameter.grad.numpy(), right.numpy(), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_nobody_waits_for_a_share_that_failed(failing):
    model = Linear(1, 1)

    def loss(x):
        if x[0, 0].item() == failing:
            raise ZeroDivisionError("as it were")
        return contrast(model, x)

    with Parallel(model.parameters(), threads=3) as parallel:
        with pytest.raises(ZeroDivisionError, match="as it were"):
            parallel.backward(loss, ag.arange(3.0)[:, None])
        assert parallel.backward(loss, ag.ones(3, 1) * 5) == 0  # all alike


@pytest.mark.parametrize("staying", [0, 1])
def test_a_share_that_does_not_come_is_told_of(staying):
    model = Linear(1, 1)

    def loss(x):
        return model(x).mean() if x[0, 0].item() == staying else contrast(model, x)

    with (
        Parallel(model.parameters(), threads=2) as parallel,
        pytest.raises(RuntimeError, match="ended where another one waits"),
    ):
        parallel.backward(loss, ag.arange(2.0)[:, None])
