"""kl_div: of a distribution with itself, by hand, with logarithms, with nothing in it."""

import math

import numpy as np
import pytest
from nt_autograd import grad, gradcheck, gradgradcheck, kl_div, log, log_softmax, softmax, tensor

REDUCTIONS = ["mean", "batchmean", "sum", "none"]
each_reduction = pytest.mark.parametrize("reduction", REDUCTIONS)


def distributions(rng, n=5, classes=4):
    return rng.standard_normal((n, classes)) * 3, rng.dirichlet(np.ones(classes), n)


@each_reduction
def test_by_hand(reduction, road, rng):
    x, q = distributions(rng)
    logp = x - np.log(np.exp(x).sum(-1, keepdims=True))
    losses = q * (np.log(q) - logp)
    right = {
        "none": losses,
        "sum": losses.sum(),
        "mean": losses.mean(),
        "batchmean": losses.sum() / 5,
    }[reduction]
    where = {"dtype": "float32", "device": road}
    found = kl_div(tensor(logp, **where), tensor(q, **where), reduction)
    np.testing.assert_allclose(found.numpy(), right, rtol=1e-4, atol=1e-6)
    logs = kl_div(tensor(logp, **where), tensor(np.log(q), **where), reduction, log_target=True)
    np.testing.assert_allclose(logs.numpy(), right, rtol=1e-4, atol=1e-6)


def test_from_itself_a_distribution_differs_by_nothing(road, rng):
    x = tensor(rng.standard_normal((7, 9)) * 20, dtype="float32", device=road, requires_grad=True)
    target = softmax(x.detach(), -1)
    loss = kl_div(log_softmax(x, -1), target, "batchmean")
    assert abs(loss.item()) < 1e-5
    assert abs(grad(loss, x)[0].numpy()).max() < 1e-6
    assert kl_div(log(target + 1), log(target + 1), "sum", log_target=True).item() == 0.0


def test_a_divergence_is_never_negative(rng):
    for scale in (0.1, 1.0, 30.0):
        x = tensor(rng.standard_normal((50, 6)) * scale)
        q = tensor(rng.dirichlet(np.full(6, 1 / scale), 50))
        losses = kl_div(log_softmax(x, -1), q, "none").sum(-1).numpy()
        assert losses.min() > -1e-12


def test_what_the_target_rules_out_costs_nothing(road):
    x = tensor([[-math.inf, 0.0, -5.0]], device=road, requires_grad=True)
    q = tensor([[0.0, 1.0, 0.0]], device=road, requires_grad=True)
    loss = kl_div(x, q, "sum")
    assert loss.item() == 0.0
    gx, gq = grad(loss, [x, q])
    assert gx.tolist() == [[0.0, -1.0, 0.0]]
    assert gq.tolist() == [[0.0, 1.0, 0.0]]


def test_derivatives_and_reductions(derivatives, reduces, rng):
    x, q = distributions(rng, 3)
    derivatives(kl_div, x, q, reductions=REDUCTIONS)

    def of_logs(x, q, reduction="mean"):
        return kl_div(x, q, reduction, log_target=True)

    derivatives(of_logs, x, np.log(q), reductions=REDUCTIONS)
    reduces(kl_div, x, q)
    reduces(of_logs, x, np.log(q))
    one = tensor(np.array([[0.0, 1.0]]), requires_grad=True)
    assert gradcheck(lambda x: kl_div(x, one.detach(), "sum"), one)
    assert gradgradcheck(lambda x: kl_div(x * x, one.detach(), "sum"), one)


@each_reduction
def test_every_library_goes_the_same_way(reduction, road, agree, rng):
    x, q = distributions(rng, 9, 33)
    agree(lambda x, q: kl_div(x, q, reduction), x, q, device=road, limit=1e-5)
    agree(lambda x, q: kl_div(x.mT, q.mT, reduction, True), x, q, device=road, limit=1e-5)


def test_what_does_not_fit_is_named():
    x = tensor([[0.0, 1.0]])
    with pytest.raises(ValueError, match=r"target must have the shape of input, \(1, 2\), got"):
        kl_div(x, tensor([0.0, 1.0]))
    with pytest.raises(ValueError, match="input is 0-d"):
        kl_div(tensor(0.0), tensor(1.0), "batchmean")
    with pytest.raises(ValueError, match='must be "batchmean", "mean", "sum" or "none", got \'max'):
        kl_div(x, x, "max")


@pytest.mark.parametrize(
    "case",
    [f"kl_div{kind}_{r}" for kind in ("", "_logtarget") for r in ("mean", "sum", "none")]
    + ["kl_div_batchmean"],
)
def test_it_is_pytorchs(case, is_pytorchs):
    is_pytorchs(case)
