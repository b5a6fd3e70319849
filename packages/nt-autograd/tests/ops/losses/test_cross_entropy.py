"""cross_entropy: against logarithms by hand; ignored, weighted, smoothed, extreme, derived."""

import math
import tracemalloc

import numpy as np
import pytest
from nt_autograd import count_flops, cross_entropy, grad, gradcheck, gradgradcheck, tensor

IGNORED = -100
REDUCTIONS = ["mean", "sum", "none"]
each_reduction = pytest.mark.parametrize("reduction", REDUCTIONS)


def by_hand(x, target, weight=None, ignore=IGNORED, reduction="mean", smoothing=0.0):
    """Row by row in Python's floats."""
    weight = [1.0] * x.shape[1] if weight is None else list(weight)
    losses, counts = [], []
    for row, label in zip(x.tolist(), target.tolist(), strict=True):
        if label == ignore:
            losses.append(0.0)
            continue
        total = math.log(math.fsum(math.exp(e - max(row)) for e in row)) + max(row)
        logs = [e - total for e in row]
        even = math.fsum(w * log for w, log in zip(weight, logs, strict=True)) / len(row)
        losses.append(-(1 - smoothing) * weight[label] * logs[label] - smoothing * even)
        counts.append(weight[label])
    if reduction == "none":
        return losses
    return math.fsum(losses) / (math.fsum(counts) if reduction == "mean" else 1)


def case(rng, n=6, classes=5, ignored=True):
    target = rng.integers(0, classes, n)
    if ignored:
        target[::3] = IGNORED
    return rng.standard_normal((n, classes)) * 3, target, rng.uniform(0.5, 2, classes)


@each_reduction
@pytest.mark.parametrize("smoothing", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("ignored", [False, True])
def test_it_is_the_surprise_at_the_right_class(reduction, smoothing, weighted, ignored, road, rng):
    x, target, weight = case(rng, ignored=ignored)
    weight = weight if weighted else None
    expected = by_hand(x, target, weight, IGNORED, reduction, smoothing)
    for dtype, limit in (("float64", 1e-12), ("float32", 2e-6)):
        if dtype == "float64" and road != "cpu":
            continue
        found = cross_entropy(
            tensor(x, dtype=dtype, device=road),
            tensor(target, device=road),
            None if weight is None else tensor(weight, device=road, dtype=dtype),
            reduction=reduction,
            label_smoothing=smoothing,
        )
        assert str(found.dtype) == dtype
        np.testing.assert_allclose(found.numpy(), expected, rtol=limit, atol=limit)


@each_reduction
@pytest.mark.parametrize("smoothing", [0.0, 0.3])
@pytest.mark.parametrize("weighted", [False, True])
def test_both_derivatives_agree_with_differences(reduction, smoothing, weighted, rng):
    x, target, weight = case(rng, 4, 3)
    t, w = tensor(target), tensor(weight) if weighted else None

    def loss(x):
        return cross_entropy(x, t, w, reduction=reduction, label_smoothing=smoothing)

    assert gradcheck(loss, tensor(x, requires_grad=True))
    assert gradgradcheck(loss, tensor(x, requires_grad=True))


@each_reduction
def test_every_library_goes_the_same_way(reduction, road, agree, rng):
    x, target, weight = case(rng, 40, 300)

    def loss(x, **options):
        return cross_entropy(x, tensor(target, device=x.device), reduction=reduction, **options)

    agree(loss, x, device=road)
    agree(lambda x: loss(x.transpose(0, 1)), x.T.copy(), device=road)
    agree(lambda x: loss(x, label_smoothing=0.1), x, device=road, limit=1e-5)
    agree(lambda x: loss(x, weight=tensor(weight, dtype=x.dtype, device=x.device)), x, device=road)
    agree(loss, x, device=road, dtype="float16", limit=1e-2)


@each_reduction
def test_images_have_their_classes_on_axis_one(reduction, road, rng):
    x, target = rng.standard_normal((2, 3, 4, 5)), rng.integers(0, 3, (2, 4, 5))
    t = tensor(x, dtype="float32", device=road, requires_grad=True)
    y = cross_entropy(t, tensor(target, device=road), reduction=reduction)
    rows = np.moveaxis(x, 1, -1).reshape(-1, 3)
    expected = by_hand(rows, target.ravel(), reduction=reduction)
    np.testing.assert_allclose(
        y.detach().numpy(),
        np.reshape(expected, target.shape if reduction == "none" else ()),
        rtol=1e-5,
    )
    (g,) = grad(y.sum(), t)
    assert g.shape == x.shape
    np.testing.assert_allclose(g.numpy().sum(1), 0, atol=1e-6)  # probabilities move, their sum not


def test_a_single_row_without_a_batch(road):
    y = cross_entropy(tensor([0.0, 0.0], device=road), tensor(1, device=road))
    assert y.shape == ()
    assert y.item() == pytest.approx(math.log(2))


@pytest.mark.parametrize("shift", [1e4, -1e4])
def test_a_shift_changes_nothing(shift, road, rng):
    x = (rng.integers(-64, 64, (9, 64)) / 16).astype(np.float32)  # x + 1e4 is exact in float32
    target = tensor(rng.integers(0, 64, 9), device=road)
    there = cross_entropy(tensor(x + np.float32(shift), device=road), target).item()
    assert there == cross_entropy(tensor(x, device=road), target).item()


def test_a_mean_over_nothing_is_not_a_number_as_in_pytorch(road):
    for n in (0, 3):
        x = tensor(np.ones((n, 4), np.float32), device=road, requires_grad=True)
        target = tensor(np.full(n, IGNORED), device=road)
        assert math.isnan(cross_entropy(x, target).item())
        assert cross_entropy(x, target, reduction="none").tolist() == [0.0] * n
        y = cross_entropy(x, target, reduction="sum")
        (g,) = grad(y, x)
        assert y.item() == 0.0
        assert g.tolist() == [[0.0] * 4] * n


def test_what_is_ignored_moves_nothing(road, rng):
    x, target, _ = case(rng)
    t = tensor(x, dtype="float32", device=road, requires_grad=True)
    cross_entropy(t, tensor(target, device=road)).backward()
    assert (t.grad.numpy()[target == IGNORED] == 0).all()
    assert (t.grad.numpy()[target != IGNORED] != 0).all()


@pytest.mark.parametrize("ignore", [0, -1, 255])
@pytest.mark.parametrize("dtype", ["int64", "int32", "uint8"])
def test_any_number_may_be_ignored(ignore, dtype, road, rng):
    if ignore < 0 and dtype == "uint8":
        pytest.skip("no negative uint8")
    x, target = rng.standard_normal((5, 3)), np.array([0, 1, 2, 1, 0])
    target[1] = ignore
    found = cross_entropy(
        tensor(x, dtype="float32", device=road),
        tensor(target.astype(dtype), device=road),
        ignore_index=ignore,
    )
    assert found.item() == pytest.approx(by_hand(x, target, ignore=ignore), rel=1e-5)


def test_impossible_classes(road):
    low = -math.inf
    x = tensor([[low, 0.0, 0.0], [low, 0.0, low]], device=road, requires_grad=True)
    y = cross_entropy(x, tensor([1, 1], device=road), reduction="none")
    (g,) = grad(y.sum(), x)
    np.testing.assert_allclose(y.detach().numpy(), [math.log(2), 0.0], atol=1e-6)
    np.testing.assert_allclose(g.numpy(), [[0, -0.5, 0.5], [0, 0, 0]], atol=1e-6)
    y = cross_entropy(x, tensor([0, 1], device=road), reduction="none")
    assert y.tolist()[0] == math.inf  # what was impossible came true
    with np.errstate(invalid="ignore"):  # PyTorch's answers too: there is no right one
        for row in ([low, low], [math.inf, 0.0]):
            assert math.isnan(
                cross_entropy(tensor([row], device=road), tensor([0], device=road)).item()
            )


def test_float16_adds_up_in_float32(road):
    x = tensor(np.zeros((20000, 100)), dtype="float16", device=road, requires_grad=True)
    y = cross_entropy(x, tensor(np.zeros(20000, np.int64), device=road))
    (g,) = grad(y, x)  # the losses sum to 92103, more than float16 holds
    assert y.item() == pytest.approx(math.log(100), rel=1e-3)
    assert str(y.dtype) == str(g.dtype) == "float16"
    wide = tensor(np.zeros((1, 70000)), dtype="float16", device=road)
    assert cross_entropy(wide, tensor([5], device=road)).item() == pytest.approx(
        math.log(70000), rel=1e-3
    )


def test_a_float64_weight_widens_nothing():
    x, target = tensor([[0.0, 1.0]], requires_grad=True), tensor([1])
    y = cross_entropy(x, target, tensor(np.ones(2)))
    y.backward(create_graph=True)
    assert str(y.dtype) == str(x.grad.dtype) == "float32"


@each_reduction
@pytest.mark.parametrize("smoothing", [0.0, 0.3])
@pytest.mark.parametrize("weighted", [False, True])
def test_probabilities_of_one_are_classes(reduction, smoothing, weighted, road, rng):
    x, target, weight = case(rng, ignored=False)
    if weighted and reduction == "mean":
        reduction = "sum"  # a mean over probabilities is one over rows, as in PyTorch
    where = {"dtype": "float32", "device": road}
    options = {"reduction": reduction, "label_smoothing": smoothing}
    options["weight"] = tensor(weight, **where) if weighted else None
    soft = cross_entropy(tensor(x, **where), tensor(np.eye(5)[target], **where), **options)
    hard = cross_entropy(tensor(x, **where), tensor(target, device=road), **options)
    np.testing.assert_allclose(soft.numpy(), hard.numpy(), rtol=1e-5)


@pytest.mark.parametrize("shape", [(4,), (3, 4), (2, 4, 3)])
def test_probabilities_have_derivatives_too(shape, rng):
    x = tensor(rng.standard_normal(shape), requires_grad=True)
    q = tensor(rng.uniform(size=shape), requires_grad=True)
    w = tensor(rng.uniform(0.5, 2, 4))
    for reduction in REDUCTIONS:

        def loss(x, q, reduction=reduction):
            return cross_entropy(x, q, w, reduction=reduction, label_smoothing=0.1)

        assert gradcheck(loss, x, q)
        assert gradgradcheck(loss, x, q)


def test_arrays_do_as_targets():
    y = cross_entropy(tensor([[0.0, 0.0]]), np.array([1]), np.ones(2, np.float32))
    assert y.item() == pytest.approx(math.log(2))


def test_its_cost_is_a_few_passes():
    with count_flops() as count:
        cross_entropy(
            tensor(np.ones((6, 4)), requires_grad=True), tensor(np.zeros(6, int))
        ).backward()
    assert count.by_op["cross_entropy"][1] == 5 * 24


def test_what_does_not_fit_is_named(road):
    x = tensor(np.ones((2, 3), np.float32), device=road)

    def labels(*values):
        return tensor(np.array(values), device=road)

    with pytest.raises(
        ValueError, match=r"target must have shape \(2,\) for input \(2, 3\), got \(3,\)"
    ):
        cross_entropy(x, labels(0, 1, 2))
    with pytest.raises(IndexError, match="target 3 at position 1 is no class: there are 3, 0 to 2"):
        cross_entropy(x, labels(0, 3))
    with pytest.raises(IndexError, match="target -1 at position 0 is no class"):
        cross_entropy(x, labels(-1, 0))
    with pytest.raises(TypeError, match="target must hold integers"):
        cross_entropy(x, tensor([0.0, 1.0], device=road))
    with pytest.raises(TypeError, match="target must be a tensor or an array, got a list"):
        cross_entropy(x, [0, 1])
    with pytest.raises(TypeError, match="input must be floating-point, not int64"):
        cross_entropy(tensor(np.ones((2, 3), np.int64), device=road), labels(0, 1))
    with pytest.raises(ValueError, match=r"weight must have shape \(3,\), got \(2,\)"):
        cross_entropy(x, labels(0, 1), tensor([1.0, 1.0], device=road))
    with pytest.raises(ValueError, match='reduction must be "mean", "sum" or "none", got \'avg\''):
        cross_entropy(x, labels(0, 1), reduction="avg")
    with pytest.raises(ValueError, match=r"label_smoothing must lie in \[0, 1\], got 1.5"):
        cross_entropy(x, labels(0, 1), label_smoothing=1.5)
    with pytest.raises(ValueError, match="input must have a classes axis"):
        cross_entropy(tensor(1.0, device=road), labels(0))


@each_reduction
@pytest.mark.parametrize("kind", ["", "_smooth", "_ignore", "_weight", "_all", "_2d", "_prob"])
def test_it_is_pytorchs(goldens, kind, reduction, bodies):
    about, arrays = goldens("loss")[f"cross_entropy{kind}_{reduction}"]
    x = tensor(arrays["input.x"].astype(np.float64), requires_grad=True)
    weight = arrays.get("input.weight")
    weight = None if weight is None else tensor(weight.astype(np.float64))
    target = arrays["input.y"]
    target = tensor(target if target.dtype.kind == "i" else target.astype(np.float64))
    y = cross_entropy(x, target, weight, **about["kwargs"])
    y.backward(tensor(arrays["cotangent.0"].astype(np.float64)))
    np.testing.assert_allclose(y.detach().numpy(), arrays["output.0"], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(x.grad.numpy(), arrays["grad.input.x"], rtol=1e-9, atol=1e-12)


def test_extremes_are_pytorchs(goldens):
    _, arrays = goldens("loss")["cross_entropy_extreme"]
    x = tensor(arrays["input.x"].astype(np.float64), requires_grad=True)
    y = cross_entropy(x, tensor(arrays["input.y"]), reduction="none")
    y.backward(tensor(arrays["cotangent.0"].astype(np.float64)))
    np.testing.assert_allclose(y.detach().numpy(), arrays["output.0"], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(x.grad.numpy(), arrays["grad.input.x"], rtol=1e-9, atol=1e-12)


@each_reduction
@pytest.mark.parametrize("smoothing", [0.0, 0.3, 1.0])
def test_smoothing_is_a_mixture_with_all_classes_alike(reduction, smoothing, road, rng):
    x, target, _ = case(rng, ignored=False)
    t, y = tensor(x, dtype="float32", device=road), tensor(target, device=road)
    found = cross_entropy(t, y, reduction=reduction, label_smoothing=smoothing).numpy()
    even = cross_entropy(t, t * 0 + 1 / 5, reduction=reduction).numpy()
    hard = cross_entropy(t, y, reduction=reduction).numpy()
    np.testing.assert_allclose(found, (1 - smoothing) * hard + smoothing * even, rtol=1e-5)


@each_reduction
@pytest.mark.parametrize("smoothing", [0.0, 0.3])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shape", [(3, 5, 70), (2, 5, 1, 3), (2, 700, 150)])
def test_images_are_rows_of_pixels(reduction, smoothing, weighted, shape, road, rng):
    x, target = rng.standard_normal(shape) * 3, rng.integers(0, shape[1], (shape[0], *shape[2:]))
    target[..., ::4] = IGNORED
    w = rng.uniform(0.5, 2, shape[1]) if weighted else None
    options = {"reduction": reduction, "label_smoothing": smoothing}

    def loss(x, y, device):
        weight = None if w is None else tensor(w, dtype="float32", device=device)
        return cross_entropy(x, tensor(y, device=device), weight, **options)

    image = tensor(x, dtype="float32", device=road, requires_grad=True)
    rows = np.moveaxis(x, 1, -1).reshape(-1, shape[1])
    flat = tensor(rows, dtype="float32", device=road, requires_grad=True)
    found, right = loss(image, target, road), loss(flat, target.reshape(-1), road)
    np.testing.assert_allclose(
        found.detach().numpy().reshape(-1), right.detach().numpy().reshape(-1), rtol=1e-5, atol=1e-6
    )
    (g,), (h,) = grad(found.sum(), image), grad(right.sum(), flat)
    g = np.moveaxis(g.numpy(), 1, -1).reshape(-1, shape[1])
    np.testing.assert_allclose(g, h.numpy(), atol=2e-6)


def test_one_class_is_no_surprise(road):
    x = tensor([[3.0], [-1e4]], device=road, requires_grad=True)
    y = cross_entropy(x, tensor([0, 0], device=road), label_smoothing=0.1)
    assert y.item() == 0.0
    assert grad(y, x)[0].tolist() == [[0.0], [0.0]]


def test_extreme_logits_have_exact_losses_and_gradients(road):
    x = tensor([[1e4, 0.0, -1e4], [-1e4, 1e4, 0.0]], device=road, requires_grad=True)
    y = cross_entropy(x, tensor([0, 0], device=road), reduction="none")
    assert y.tolist() == [0.0, 2e4]
    assert grad(y.sum(), x)[0].tolist() == [[0.0, 0.0, 0.0], [-1.0, 1.0, 0.0]]


def test_where_nothing_counts_nothing_moves(road):
    x = tensor(np.ones((3, 4), np.float32), device=road, requires_grad=True)
    y = cross_entropy(x, tensor([IGNORED] * 3, device=road))
    assert math.isnan(y.item())
    assert grad(y, x)[0].tolist() == [[0.0] * 4] * 3  # as PyTorch's


@pytest.mark.parametrize("shape", [(400, 1000), (4, 1000, 100)])
@pytest.mark.parametrize("options", ["plain", "smoothed and weighted"])
def test_there_and_back_it_holds_one_array_besides_the_logits(shape, options, bodies, rng):
    x = tensor(rng.standard_normal(shape, dtype=np.float32), requires_grad=True)
    target = tensor(rng.integers(0, 1000, (shape[0], *shape[2:])))
    extra = {} if options == "plain" else {"label_smoothing": 0.1, "weight": tensor(np.ones(1000))}

    def peak():
        """The bytes held at most until the gradient has come to the logits, beyond the logits."""
        tracemalloc.start()
        logits, seen = x * 1.0, []
        before = tracemalloc.get_traced_memory()[0]
        logits.register_hook(lambda g: seen.append(tracemalloc.get_traced_memory()[1]))
        cross_entropy(logits, target, **extra).backward()
        tracemalloc.stop()
        return seen[0] - before

    peak()  # compiles, and fills the scratch buffers
    assert peak() < 1.7 * x.data.nbytes  # the gradient, and a block or two
