"""Every loss module is its op with the options that it was built with, and nothing else."""

import inspect

import nt_autograd
import nt_nn
import numpy as np
import pytest
from nt_autograd import Tensor, gradcheck, tensor
from nt_nn import Buffer, losses

RNG = np.random.default_rng(0)
N, C, D = 6, 4, 3
NUMBERS, OTHERS = RNG.normal(size=(N, C)), RNG.normal(size=(N, C))
SHARES, LOGP = RNG.dirichlet(np.ones(C), N), np.log(RNG.dirichlet(np.ones(C), N))
CLASSES, SIGNS = RNG.integers(0, C, N), RNG.choice([-1, 1], N)
MANY_SIGNS, YES = RNG.choice([-1, 1], (N, C)), RNG.integers(0, 2, (N, C)).astype(float)
VECTORS, WEIGHT = RNG.normal(size=(3, N, D)), RNG.uniform(0.5, 2, C)
LABELS = np.tile([2, 0, -1, 1], (N, 1))
STEPS = np.log(RNG.dirichlet(np.ones(C), (5, N)))


def l1(x, y):
    return (x - y).abs().sum(-1)


# name: the op, other options than the usual, the inputs (those with gradients first, and how many)
CASES = {
    "BCELoss": ("binary_cross_entropy", {"weight": WEIGHT}, (SHARES, YES), 1),
    "BCEWithLogitsLoss": (
        "binary_cross_entropy_with_logits",
        {"weight": WEIGHT, "pos_weight": WEIGHT + 1},
        (NUMBERS, YES),
        1,
    ),
    "CLIPLoss": ("clip_loss", {}, (VECTORS[0], VECTORS[1], np.array(2.0)), 3),
    "CTCLoss": (
        "ctc_loss",
        {"blank": 3, "zero_infinity": True},
        (STEPS, LABELS[:, :2], np.full(N, 5), np.full(N, 2)),
        0,
    ),
    "ContrastiveLoss": ("contrastive_loss", {"margin": 2.5}, (*VECTORS[:2], SIGNS), 2),
    "CosineEmbeddingLoss": ("cosine_embedding_loss", {"margin": 0.2}, (*VECTORS[:2], SIGNS), 2),
    "CrossEntropyLoss": (
        "cross_entropy",
        {"weight": WEIGHT, "ignore_index": 1, "label_smoothing": 0.1},
        (NUMBERS, CLASSES),
        1,
    ),
    "FocalLoss": (
        "focal_loss",
        {"weight": WEIGHT, "gamma": 1.5, "ignore_index": 1},
        (NUMBERS, CLASSES),
        1,
    ),
    "GaussianNLLLoss": (
        "gaussian_nll_loss",
        {"full": True, "eps": 0.1},
        (NUMBERS, OTHERS, SHARES + 1),
        3,
    ),
    "HingeEmbeddingLoss": ("hinge_embedding_loss", {"margin": 0.5}, (NUMBERS, MANY_SIGNS), 1),
    "HingeLoss": ("hinge_loss", {"margin": 0.5, "squared": True}, (NUMBERS, MANY_SIGNS), 1),
    "HuberLoss": ("huber_loss", {"delta": 0.5}, (NUMBERS, OTHERS), 2),
    "InfoNCELoss": ("info_nce", {"temperature": 0.7}, tuple(VECTORS), 3),
    "KLDivLoss": ("kl_div", {"log_target": True}, (LOGP, SHARES), 2),
    "L1Loss": ("l1_loss", {}, (NUMBERS, OTHERS), 2),
    "MSELoss": ("mse_loss", {}, (NUMBERS, OTHERS), 2),
    "MarginRankingLoss": (
        "margin_ranking_loss",
        {"margin": 0.3},
        (NUMBERS, OTHERS, MANY_SIGNS),
        2,
    ),
    "MultiLabelMarginLoss": ("multilabel_margin_loss", {}, (NUMBERS, LABELS), 1),
    "MultiLabelSoftMarginLoss": (
        "multilabel_soft_margin_loss",
        {"weight": WEIGHT},
        (NUMBERS, YES),
        1,
    ),
    "MultiMarginLoss": (
        "multi_margin_loss",
        {"p": 2, "margin": 0.5, "weight": WEIGHT},
        (NUMBERS, CLASSES),
        1,
    ),
    "NLLLoss": ("nll_loss", {"weight": WEIGHT, "ignore_index": 1}, (LOGP, CLASSES), 1),
    "PoissonNLLLoss": (
        "poisson_nll_loss",
        {"log_input": False, "full": True, "eps": 0.1},
        (SHARES + 1, SHARES + 2),
        2,
    ),
    "SigmoidFocalLoss": ("sigmoid_focal_loss", {"alpha": 0.4, "gamma": 1.5}, (NUMBERS, YES), 1),
    "SmoothL1Loss": ("smooth_l1_loss", {"beta": 0.5}, (NUMBERS, OTHERS), 2),
    "SoftMarginLoss": ("soft_margin_loss", {}, (NUMBERS, MANY_SIGNS), 1),
    "TripletMarginLoss": (
        "triplet_margin_loss",
        {"margin": 0.5, "p": 1.0, "eps": 0.1, "swap": True},
        tuple(VECTORS),
        3,
    ),
    "TripletMarginWithDistanceLoss": (
        "triplet_margin_with_distance_loss",
        {"distance_function": l1, "margin": 0.5, "swap": True},
        tuple(VECTORS),
        3,
    ),
}
each_loss = pytest.mark.parametrize("name", CASES)


def build(name, **options):
    return getattr(nt_nn, name)(**options).to("float64")


def inputs(name, grad=False):
    _, _, arrays, leaves = CASES[name]
    return [tensor(a, requires_grad=grad and i < leaves) for i, a in enumerate(arrays)]


def test_every_loss_is_here():
    distances = {"CosineSimilarity", "PairwiseDistance"}
    assert set(losses.__all__) == {*CASES, *distances}


@each_loss
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("special", [False, True])
def test_it_is_its_op(name, reduction, special):
    op, options, _, _ = CASES[name]
    options = {**(options if special else {}), "reduction": reduction}
    xs = inputs(name)
    if name == "CTCLoss" and not special:
        xs[1] = xs[1] * 0 + 1  # its usual blank is 0
    right = getattr(nt_autograd, op)(*xs, **options)
    found = build(name, **options)(*xs)
    assert found.shape == right.shape
    assert found.tolist() == right.tolist()
    assert (found.shape == ()) == (reduction != "none")


@each_loss
def test_other_options_give_other_losses(name):
    usual, other = build(name), build(name, **CASES[name][1])
    if not CASES[name][1]:
        pytest.skip("it has no options")
    xs = inputs(name)
    if name == "CTCLoss":
        xs[1] = xs[1] * 0 + 1
    assert usual(*xs).item() != other(*xs).item()


@each_loss
def test_it_has_the_options_of_its_op_with_the_same_defaults(name):
    of_op = inspect.signature(getattr(nt_autograd, CASES[name][0])).parameters
    of_module = inspect.signature(getattr(nt_nn, name).__init__).parameters
    for option, parameter in list(of_module.items())[1:]:
        assert option in of_op
        assert parameter.default == of_op[option].default, option
    assert of_module["reduction"].default == "mean"


@each_loss
def test_gradients_agree_with_finite_differences(name):
    loss, xs = build(name, **CASES[name][1]), inputs(name, grad=True)
    if not any(x.requires_grad for x in xs):
        pytest.skip("its gradient is that of the logits behind its input")
    assert gradcheck(loss, *xs)


@each_loss
def test_an_unknown_reduction_is_refused_when_it_is_built(name):
    with pytest.raises(ValueError, match=r"reduction must be .*\"none\", got 'average'"):
        build(name, reduction="average")


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("CTCLoss", {"blank": -1}, "blank must not be negative, got -1"),
        ("ContrastiveLoss", {"margin": 0}, "margin must be positive, got 0"),
        ("CosineEmbeddingLoss", {"margin": 2}, r"margin must lie in \[-1, 1\], got 2"),
        (
            "CrossEntropyLoss",
            {"label_smoothing": 2},
            r"label_smoothing must lie in \[0, 1\], got 2",
        ),
        ("FocalLoss", {"gamma": -1}, "gamma must not be negative, got -1"),
        ("GaussianNLLLoss", {"eps": 0}, "eps must be positive, got 0"),
        ("HingeLoss", {"margin": 0}, "margin must be positive, got 0"),
        ("HuberLoss", {"delta": 0}, "delta must be positive, got 0"),
        ("InfoNCELoss", {"temperature": 0}, "temperature must be positive, got 0"),
        ("MultiMarginLoss", {"p": 3}, "p must be 1 or 2, got 3"),
        ("PoissonNLLLoss", {"eps": -1}, "eps must not be negative, got -1"),
        ("SigmoidFocalLoss", {"alpha": 2}, r"alpha must lie in \[0, 1\], got 2"),
        ("SmoothL1Loss", {"beta": -1}, "beta must not be negative, got -1"),
        ("TripletMarginLoss", {"eps": -1}, "eps must not be negative, got -1"),
        ("TripletMarginWithDistanceLoss", {"margin": 0}, "margin must be positive, got 0"),
    ],
)
def test_options_out_of_range_are_refused_when_it_is_built(name, options, message):
    with pytest.raises(ValueError, match=message):
        build(name, **options)


@each_loss
def test_weights_are_carried_along_and_saved(name):
    weights = {k: v for k, v in CASES[name][1].items() if isinstance(v, np.ndarray)}
    loss = getattr(nt_nn, name)(**CASES[name][1])
    assert {n for n, _ in loss.named_buffers()} == set(weights)
    assert list(loss.parameters()) == []
    for key in weights:
        assert isinstance(getattr(loss, key), Buffer)
        assert str(getattr(loss.to("float32"), key).dtype) == "float32"
    again = getattr(nt_nn, name)(
        **{k: v * 0 if k in weights else v for k, v in CASES[name][1].items()}
    )
    again.load_state_dict(loss.state_dict())
    for key in weights:
        np.testing.assert_allclose(getattr(again, key).numpy(), weights[key], rtol=1e-6)


@each_loss
def test_its_repr_shows_its_options(name):
    options = {k: v for k, v in CASES[name][1].items() if not isinstance(v, np.ndarray)}
    shown = repr(getattr(nt_nn, name)(**CASES[name][1], reduction="sum").eval())
    assert shown.startswith(f"{name}(reduction='sum'")
    for option, value in options.items():
        assert f"{option}={value!r}" in shown
    assert "training" not in shown


def test_a_divergence_may_be_that_of_the_batch():
    x, y = Tensor(LOGP), Tensor(SHARES)
    found = nt_nn.KLDivLoss("batchmean")(x, y).item()
    assert found == pytest.approx(nt_nn.KLDivLoss("sum")(x, y).item() / N, rel=1e-12)
    with pytest.raises(ValueError, match="batchmean"):
        nt_nn.MSELoss("batchmean")


PYTORCHS = {  # the arguments of torch.nn's constructors in order, but for size_average and reduce
    "BCELoss": "weight reduction",
    "BCEWithLogitsLoss": "weight reduction pos_weight",
    "CTCLoss": "blank reduction zero_infinity",
    "CosineEmbeddingLoss": "margin reduction",
    "CosineSimilarity": "dim eps",
    "CrossEntropyLoss": "weight ignore_index reduction label_smoothing",
    "GaussianNLLLoss": "full eps reduction",
    "HingeEmbeddingLoss": "margin reduction",
    "HuberLoss": "reduction delta",
    "KLDivLoss": "reduction log_target",
    "L1Loss": "reduction",
    "MSELoss": "reduction",
    "MarginRankingLoss": "margin reduction",
    "MultiLabelMarginLoss": "reduction",
    "MultiLabelSoftMarginLoss": "weight reduction",
    "MultiMarginLoss": "p margin weight reduction",
    "NLLLoss": "weight ignore_index reduction",
    "PairwiseDistance": "p eps keepdim",
    "PoissonNLLLoss": "log_input full eps reduction",
    "SmoothL1Loss": "reduction beta",
    "SoftMarginLoss": "reduction",
    "TripletMarginLoss": "margin p eps swap reduction",
    "TripletMarginWithDistanceLoss": "distance_function margin swap reduction",
}


@pytest.mark.parametrize("name", PYTORCHS)
def test_its_options_are_pytorchs(name):
    found = list(inspect.signature(getattr(nt_nn, name).__init__).parameters)[1:]
    assert " ".join(found) == PYTORCHS[name]
