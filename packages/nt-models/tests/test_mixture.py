"""MixtureOfExperts: against a loop over tokens; experts that nobody wants; loads."""

import numpy as np
import pytest
from nt_autograd import Tensor, gradcheck, tensor
from nt_models import MixtureOfExperts, load_balancing_loss
from nt_nn import Linear, functional_call
from nt_tensor import Generator, use_generator

WIDTH, EXPERTS = 4, 5


def make(per_token=2, device="cpu", dtype="float64"):
    with use_generator(Generator(0)):
        experts = [Linear(WIDTH, WIDTH) for _ in range(EXPERTS)]
        return MixtureOfExperts(WIDTH, experts, per_token).to(dtype).to(device=device)


def draws(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def by_loops(mixture, x):
    """One token at a time."""
    state = {name: value.numpy() for name, value in mixture.state_dict().items()}
    y = np.zeros_like(x)
    for t, token in enumerate(x):
        logits = state["router.weight"] @ token
        p = np.exp(logits - logits.max())
        best = np.argsort(-p)[: mixture.per_token]
        for e in best:
            w, b = state[f"experts.{e}.weight"], state[f"experts.{e}.bias"]
            y[t] += p[e] / p[best].sum() * (w @ token + b)
    return y


@pytest.mark.parametrize("per_token", [1, 2, EXPERTS])
def test_each_token_has_its_experts_by_their_shares(per_token, device):
    dtype, limit = ("float32", 1e-5) if device == "mlx" else ("float64", 1e-12)
    mixture, x = make(per_token, device, dtype), draws(3, 7, WIDTH)
    got = mixture(tensor(x, dtype=dtype, device=device)).detach().numpy()
    want = by_loops(mixture, x.reshape(-1, WIDTH)).reshape(x.shape)
    np.testing.assert_allclose(got, want, rtol=limit, atol=limit)


def test_experts_that_nobody_wants_are_left_alone():
    mixture, x = make(1), draws(6, WIDTH)
    x[:, 0] = 10.0
    mixture.router.weight.data[:] = 0.0
    mixture.router.weight.data[3, 0] = 1.0
    y = mixture(Tensor(x))
    np.testing.assert_allclose(y.detach().numpy(), mixture.experts[3](Tensor(x)).detach().numpy())
    (y * y).sum().backward()
    assert [e.weight.grad is None for e in mixture.experts] == [True, True, True, False, True]


def test_other_tokens_change_nothing():
    mixture, x = make(), draws(9, WIDTH)
    whole = mixture(Tensor(x)).detach().numpy()
    for i in range(9):
        alone = mixture(Tensor(x[i : i + 1])).detach().numpy()
        np.testing.assert_allclose(alone[0], whole[i], rtol=1e-12)


def test_it_is_differentiated():
    mixture, x = make(), Tensor(draws(3, WIDTH)).requires_grad_()
    names, parameters = zip(*mixture.named_parameters(), strict=True)

    def run(x, *values):
        return functional_call(mixture, dict(zip(names, values, strict=True)), x)

    assert gradcheck(run, x, *parameters)


def test_the_load_is_counted_by_hand():
    logits = draws(2, 3, EXPERTS)
    p = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    want = {}
    for name, real in (("all", np.ones((2, 3), int)), ("some", np.array([[1, 1, 0], [0, 1, 1]]))):
        load, mean = np.zeros(EXPERTS), np.zeros(EXPERTS)
        for token in p[real == 1]:
            load[np.argsort(-token)[:2]] += 1 / real.sum()
            mean += token / real.sum()
        want[name] = EXPERTS * (load * mean).sum()
        mask = None if name == "all" else tensor(real)
        for routed in ([Tensor(logits)], [Tensor(logits)] * 3):  # layers are counted together
            assert load_balancing_loss(routed, 2, mask).item() == pytest.approx(want[name])
    assert want["all"] != pytest.approx(want["some"])


def test_an_even_load_is_the_least_and_its_gradient_moves_towards_it():
    even = np.kron(np.ones((3, 1)), np.eye(EXPERTS)) * 1e-6  # each is first as often
    assert load_balancing_loss([Tensor(even)], 1).item() == pytest.approx(1.0)
    crowd = Tensor(np.eye(1, EXPERTS).repeat(6, 0)).requires_grad_()
    loss = load_balancing_loss([crowd], 1)
    assert loss.item() > 1.5
    loss.backward()
    assert (crowd.grad.numpy()[:, 0] > 0).all()
    assert (crowd.grad.numpy()[:, 1:] < 0).all()


def test_the_router_s_logits_are_given_to_those_who_ask():
    mixture, x, routed = make(), Tensor(draws(2, 3, WIDTH)), []
    mixture(x, routed)
    want = x.numpy() @ mixture.router.weight.detach().numpy().T
    np.testing.assert_allclose(routed[0].detach().numpy(), want, rtol=1e-12)


def test_what_does_not_fit_is_refused():
    for per_token in (0, 3):
        with pytest.raises(ValueError, match=rf"per_token \({per_token}\) must be 1 to experts"):
            MixtureOfExperts(4, [Linear(4, 4), Linear(4, 4)], per_token)
    with pytest.raises(ValueError, match="routed must have the logits of one layer or more"):
        load_balancing_loss([], 2)
