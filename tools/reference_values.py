"""Make the reference values of tests/goldens/reference: `python -m tools.reference_values`.

Needs PyTorch, which nothing else here does. Inputs and parameters are float32 values, answers are
computed from them in float64; the JSON tells what was asked, the safetensors holds the arrays. The
folder is committed, so that every clone compares itself with an independent framework.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import save_file

FOLDER = Path(__file__).parents[1] / "tests" / "goldens" / "reference"
STEPS = 12


@dataclass
class Group:
    """The cases of one file."""

    name: str
    cases: list[dict[str, Any]] = field(default_factory=list)
    arrays: dict[str, np.ndarray] = field(default_factory=dict)

    def add(self, about: dict[str, Any], arrays: dict[str, Any]) -> None:
        """One more case."""
        self.cases.append(about)
        for key, value in arrays.items():
            array = value.detach().numpy() if isinstance(value, torch.Tensor) else value
            self.arrays[f"{about['case']}/{key}"] = np.array(array, order="C")

    def write(self) -> None:
        """The two files."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        text = ",\n".join(json.dumps(case) for case in self.cases)
        (FOLDER / f"{self.name}.json").write_text(f"[\n{text}\n]\n", encoding="utf-8")
        save_file(self.arrays, FOLDER / f"{self.name}.safetensors")


def normal(*shape: int) -> torch.Tensor:
    """Values that float32 holds exactly."""
    return torch.randn(*shape).double()


def answer(
    group: Group,
    about: dict[str, Any],
    run: Callable[..., Any],
    inputs: dict[str, Any],
    named: Any = (),
) -> None:
    """Ask, differentiate the sum of the answer times a random cotangent, and keep all of it."""
    constant = about.pop("constant", ())
    inputs = {k: v.float().double() if v.dtype == torch.float64 else v for k, v in inputs.items()}
    floats = {k: v for k, v in inputs.items() if v.dtype == torch.float64}
    leaves = {k: v.requires_grad_() for k, v in floats.items() if k not in constant}
    parameters = {k: v for k, v in named if v.requires_grad}
    arrays = {f"input.{k}": v.float() if v.dtype == torch.float64 else v for k, v in inputs.items()}
    y = run(**inputs)
    flat = []
    for each in y if isinstance(y, tuple) else (y,):
        flat += each if isinstance(each, tuple) else [each]
    loss: Any = 0.0
    for i, each in enumerate(flat):
        arrays[f"output.{i}"] = each
        if each.dtype == torch.float64:
            arrays[f"cotangent.{i}"] = (cotangent := torch.randn(each.shape))
            loss = loss + (each * cotangent.double()).sum()
    wanted = {
        **{f"input.{k}": v for k, v in leaves.items()},
        **{f"param.{k}": v for k, v in parameters.items()},
    }
    if wanted:
        for key, grad in zip(wanted, torch.autograd.grad(loss, list(wanted.values())), strict=True):
            arrays[f"grad.{key}"] = grad
    about |= {"inputs": list(inputs), "n_outputs": len(flat), "grad_inputs": list(leaves)}
    group.add(about | {"grad_params": list(parameters)}, arrays)


def module(
    group: Group,
    op: str,
    ctor: dict[str, Any],
    *,
    train: bool = False,
    case: str = "",
    **inputs: torch.Tensor,
) -> None:
    """A case of a module: parameters away from their initial values."""
    net = getattr(torch.nn, op)(**ctor).double().train(train)
    with torch.no_grad():
        for each in net.parameters():
            each.copy_(0.5 * torch.randn(each.shape).float())
        for name, each in net.named_buffers():
            if each.dtype == torch.float64:
                each.copy_(
                    (torch.rand(each.shape) + 0.5).float()
                    if "var" in name
                    else torch.randn(each.shape).float()
                )
    before = {
        f"param.{k}": (v.float() if v.dtype == torch.float64 else v).clone()
        for k, v in net.state_dict().items()
    }
    about: dict[str, Any] = {
        "case": case or op.lower(),
        "op": op,
        "kind": "module",
        "ctor": ctor,
        "train": train,
    }
    about["params"] = list(net.state_dict())
    if train and any(True for _ in net.buffers()):
        about["buffers_after"] = [name for name, _ in net.named_buffers()]
    answer(group, about, lambda **x: net(*x.values()), inputs, list(net.named_parameters()))
    after = (
        {f"buffer_after.{k}": v for k, v in net.named_buffers()} if "buffers_after" in about else {}
    )
    for key, value in {**before, **after}.items():
        group.arrays[f"{about['case']}/{key}"] = np.array(value.detach().numpy(), order="C")


def function(
    group: Group,
    op: str,
    kwargs: dict[str, Any],
    *,
    case: str = "",
    constant: tuple[str, ...] = (),
    **inputs: torch.Tensor,
) -> None:
    """A case of a function."""
    named = {"weight", "pos_weight", "attn_mask"}
    ask = getattr(torch.nn.functional, op)

    def run(**x: torch.Tensor) -> Any:
        keyword = {k: v for k, v in x.items() if k in named}
        return ask(*(v for k, v in x.items() if k not in named), **keyword, **kwargs)

    about = {
        "case": case or op,
        "op": op,
        "kind": "function",
        "kwargs": kwargs,
        "constant": constant,
    }
    answer(group, about, run, inputs)


def activations() -> Group:
    """Every activation on numbers small and large, its kinks left out."""
    group = Group("activations")
    x = (
        torch.cat([torch.linspace(-4.1, 4.3, 22), torch.tensor([-60.0, 55.0])])
        .reshape(2, 12)
        .double()
    )
    plain = "ReLU ReLU6 SELU SiLU Mish Softsign Tanh Sigmoid LogSigmoid Tanhshrink"
    plain += " Hardswish Hardsigmoid"
    options: dict[str, dict[str, Any]] = {op: {} for op in plain.split()}
    options |= {"ELU": {"alpha": 0.7}, "CELU": {"alpha": 1.3}, "LeakyReLU": {"negative_slope": 0.2}}
    options |= {"GELU": {"approximate": "tanh"}, "Softplus": {"beta": 2.0}, "GLU": {"dim": 0}}
    options |= {
        "Hardtanh": {"min_val": -2.0, "max_val": 0.5},
        "Threshold": {"threshold": 0.3, "value": -7.0},
    }
    options |= {
        "Softshrink": {"lambd": 0.3},
        "Hardshrink": {"lambd": 0.7},
        "PReLU": {"num_parameters": 12},
    }
    options |= {"Softmax": {"dim": 0}, "LogSoftmax": {"dim": 1}, "Softmin": {"dim": 1}}
    for op, ctor in options.items():
        module(group, op, ctor, x=x.clone())
    return group


def convolutions() -> Group:
    """Convolutions with everything at once, and what rearranges images."""
    group = Group("conv")
    for n, size in enumerate([(9,), (7, 6), (5, 4, 6)], 1):
        options = {"kernel_size": 3, "stride": 2, "padding": 2, "groups": 2}
        module(
            group,
            f"Conv{n}d",
            {"in_channels": 4, "out_channels": 6, "dilation": 2, **options},
            x=normal(2, 4, *size),
        )
        options |= {"output_padding": 1}
        module(
            group,
            f"ConvTranspose{n}d",
            {"in_channels": 4, "out_channels": 6, **options},
            x=normal(2, 4, *size),
        )
    module(
        group,
        "Conv2d",
        {"in_channels": 3, "out_channels": 2, "kernel_size": [3, 5], "padding": "same"},
        case="conv2d_same",
        x=normal(1, 3, 5, 6),
    )
    module(group, "Unfold", {"kernel_size": 3, "stride": 2, "padding": 1}, x=normal(2, 2, 6, 5))
    module(
        group,
        "Fold",
        {"output_size": [6, 5], "kernel_size": 3, "stride": 2, "padding": 1},
        x=normal(2, 18, 9),
    )
    module(group, "PixelShuffle", {"upscale_factor": 3}, x=normal(1, 18, 2, 3))
    module(
        group,
        "Bilinear",
        {"in1_features": 3, "in2_features": 5, "out_features": 4},
        x1=normal(6, 3),
        x2=normal(6, 5),
    )
    for mode in ("reflect", "replicate", "circular"):
        function(
            group,
            "pad",
            {"pad": [2, 1, 1, 2], "mode": mode},
            case=f"pad_{mode}",
            x=normal(1, 2, 4, 5),
        )
    for mode, ndim in (
        ("nearest", 2),
        ("linear", 1),
        ("bilinear", 2),
        ("bicubic", 2),
        ("trilinear", 3),
    ):
        size = {"size": [4, 9, 7][:ndim], "mode": mode}
        function(
            group,
            "interpolate",
            size,
            case=f"interpolate_{mode}",
            x=normal(1, 2, *[6, 5, 4][:ndim]),
        )
    return group


def pools() -> Group:
    """Pooling in one, two and three dimensions."""
    group = Group("pool")
    for n in (1, 2, 3):
        x = normal(2, 3, *(7, 8, 6)[:n])
        module(
            group,
            f"MaxPool{n}d",
            {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True},
            x=x.clone(),
        )
        module(
            group,
            f"AvgPool{n}d",
            {"kernel_size": 3, "stride": 2, "padding": 1, "count_include_pad": False},
            x=x.clone(),
        )
        module(group, f"AdaptiveAvgPool{n}d", {"output_size": 3}, x=x.clone())
        module(group, f"AdaptiveMaxPool{n}d", {"output_size": 2}, x=x.clone())
    module(group, "LPPool2d", {"norm_type": 3, "kernel_size": 2}, x=normal(1, 2, 5, 6).abs() + 0.1)
    return group


def norms() -> Group:
    """Normalisations, training and not."""
    group = Group("norm")
    for n in (1, 2, 3):
        x = 3.0 + 2.0 * normal(3, 4, *(5, 3, 2)[:n])
        for train in (True, False):
            mode = "train" if train else "eval"
            module(
                group,
                f"BatchNorm{n}d",
                {"num_features": 4},
                train=train,
                case=f"batchnorm{n}d_{mode}",
                x=x.clone(),
            )
        module(group, f"InstanceNorm{n}d", {"num_features": 4, "affine": True}, x=x.clone())
    x = 3.0 + 2.0 * normal(2, 6, 5)
    module(group, "GroupNorm", {"num_groups": 2, "num_channels": 6}, x=x.clone())
    module(group, "LayerNorm", {"normalized_shape": [6, 5]}, x=x.clone())
    module(group, "RMSNorm", {"normalized_shape": [5], "eps": 1e-5}, x=x.clone())
    module(group, "LocalResponseNorm", {"size": 4}, x=x.clone())
    return group


def recurrence() -> Group:
    """Two layers there and back, and the cells."""
    group = Group("rnn")
    for op in ("RNN", "LSTM", "GRU"):
        ctor = {
            "input_size": 3,
            "hidden_size": 4,
            "num_layers": 2,
            "bidirectional": True,
            "batch_first": True,
        }
        module(group, op, ctor, x=normal(2, 5, 3))
        state = {"h": normal(2, 4)} | ({"c": normal(2, 4)} if op == "LSTM" else {})
        cell = getattr(torch.nn, f"{op}Cell")(3, 4).double()
        with torch.no_grad():
            for each in cell.parameters():
                each.copy_(each.float())
        before = {f"param.{k}": v.float().clone() for k, v in cell.state_dict().items()}
        about = {"case": f"{op.lower()}cell", "op": f"{op}Cell", "kind": "module", "train": False}
        about |= {"ctor": {"input_size": 3, "hidden_size": 4}, "params": list(cell.state_dict())}

        def run(x: Any, h: Any, c: Any = None, cell: Any = cell) -> Any:
            return cell(x, h if c is None else (h, c))

        answer(group, about, run, {"x": normal(2, 3), **state}, list(cell.named_parameters()))
        for key, value in before.items():
            group.arrays[f"{op.lower()}cell/{key}"] = value.numpy()
    return group


def attention() -> Group:
    """Attention under masks, and the Transformer's layers."""
    group = Group("attention")
    q, k, v = normal(2, 2, 4, 3), normal(2, 2, 5, 3), normal(2, 2, 5, 3)
    function(group, "scaled_dot_product_attention", {}, case="sdpa", q=q, k=k, v=v)
    mask = torch.tensor([[1, 0, 1, 1, 0], [0, 1, 0, 0, 0], [1, 1, 1, 1, 1], [0, 0, 0, 1, 1]]).bool()
    function(
        group,
        "scaled_dot_product_attention",
        {},
        case="sdpa_bool",
        q=q.clone(),
        k=k.clone(),
        v=v.clone(),
        attn_mask=mask,
    )
    sizes = {"d_model": 6, "nhead": 3, "dim_feedforward": 7, "dropout": 0.0, "batch_first": True}
    for first in (False, True):
        case = "pre" if first else "post"
        module(
            group,
            "TransformerEncoderLayer",
            {**sizes, "norm_first": first},
            train=True,
            case=f"encoder_layer_{case}",
            src=normal(2, 4, 6),
        )
        module(
            group,
            "TransformerDecoderLayer",
            {**sizes, "norm_first": first},
            train=True,
            case=f"decoder_layer_{case}",
            tgt=normal(2, 3, 6),
            memory=normal(2, 4, 6),
        )
    return group


def losses() -> Group:
    """Losses by mean and by sum, and distances."""
    group = Group("loss")
    pair = {"x": normal(5, 3), "y": normal(5, 3)}
    binary = {"x": torch.rand(5, 3).double() * 0.9 + 0.05, "y": torch.rand(5, 3).double()}
    signs = torch.tensor([1.0, -1.0, 1.0, 1.0, -1.0])
    ids = torch.tensor([0, 2, 1, 1, 0])
    weight = torch.tensor([0.5, 2.0, 1.5]).double()
    asked: list[tuple[str, dict[str, Any], dict[str, torch.Tensor]]] = [
        (
            "cross_entropy",
            {"label_smoothing": 0.2},
            {"x": normal(5, 3), "y": ids, "weight": weight},
        ),
        ("nll_loss", {"ignore_index": 1}, {"x": normal(5, 3), "y": ids}),
        ("binary_cross_entropy", {}, binary),
        ("binary_cross_entropy_with_logits", {}, {**pair, "y": binary["y"], "pos_weight": weight}),
        ("mse_loss", {}, pair),
        ("l1_loss", {}, pair),
        ("smooth_l1_loss", {"beta": 0.5}, pair),
        ("huber_loss", {"delta": 0.7}, pair),
        ("kl_div", {"log_target": False}, {"x": normal(5, 3), "y": torch.softmax(normal(5, 3), 1)}),
        (
            "poisson_nll_loss",
            {"log_input": False, "full": True},
            {"x": binary["x"], "y": 3 * binary["y"]},
        ),
        ("gaussian_nll_loss", {"full": True}, {**pair, "var": binary["x"]}),
        ("soft_margin_loss", {}, {"x": normal(5), "y": signs}),
        ("hinge_embedding_loss", {"margin": 0.6}, {"x": normal(5), "y": signs}),
        ("margin_ranking_loss", {"margin": 0.3}, {"x1": normal(5), "x2": normal(5), "y": signs}),
        (
            "cosine_embedding_loss",
            {"margin": 0.2},
            {"x1": normal(5, 3), "x2": normal(5, 3), "y": signs},
        ),
        (
            "triplet_margin_loss",
            {"p": 3.0, "swap": True},
            {"a": normal(5, 3), "p": normal(5, 3), "n": normal(5, 3)},
        ),
        ("multi_margin_loss", {"p": 2}, {"x": normal(5, 3), "y": ids}),
        ("multilabel_soft_margin_loss", {}, {"x": normal(5, 3), "y": (binary["y"] > 0.5).float()}),
    ]
    fixed = ("y", "weight", "pos_weight")
    for op, kwargs, inputs in asked:
        for reduction in ("mean", "sum"):
            values = {k: v.detach().float().to(v.dtype) for k, v in inputs.items()}
            function(
                group,
                op,
                {**kwargs, "reduction": reduction},
                case=f"{op}_{reduction}",
                constant=fixed,
                **values,
            )
    ctc = {
        "log_probs": torch.log_softmax(normal(7, 2, 4), 2).float().double(),
        "targets": torch.tensor([[1, 1, 3], [2, 3, 0]]),
    }
    ctc |= {"input_lengths": torch.tensor([7, 5]), "target_lengths": torch.tensor([3, 2])}
    function(group, "ctc_loss", {"blank": 0}, **ctc)
    function(group, "cosine_similarity", {"dim": 1}, x=normal(4, 5), y=normal(4, 5))
    function(group, "pairwise_distance", {"p": 3.0}, x=normal(4, 5), y=normal(4, 5))
    return group


def optimizers() -> Group:
    """Twelve steps of each optimizer on the same gradients."""
    group = Group("optim")
    torch.manual_seed(11)
    grads = [
        torch.randn(STEPS, 3, 4) * 10.0 ** torch.arange(-2, 1).reshape(3, 1),
        torch.randn(STEPS, 4),
    ]
    start = [torch.randn(3, 4), torch.randn(4)]
    options: dict[str, dict[str, Any]] = {
        "SGD": {"lr": 0.1, "momentum": 0.8, "weight_decay": 0.1, "nesterov": True},
        "Adam": {"lr": 0.1, "weight_decay": 0.1},
        "AdamW": {"lr": 0.1, "amsgrad": True},
        "NAdam": {"lr": 0.1, "weight_decay": 0.05},
        "RAdam": {"lr": 0.1},
        "Adamax": {"lr": 0.1, "weight_decay": 0.05},
        "Adagrad": {"lr": 0.1, "lr_decay": 0.1},
        "Adadelta": {"lr": 0.5, "weight_decay": 0.05},
        "RMSprop": {"lr": 0.05, "momentum": 0.5, "centered": True},
        "Rprop": {"lr": 0.05},
        "ASGD": {"lr": 0.0625},
        "Adafactor": {"lr": 0.05, "weight_decay": 0.01},
    }
    for op, ctor in options.items():
        # NAdam's product of momenta is kept in the default dtype; float64 is the formula's value.
        torch.set_default_dtype(torch.float64 if op == "NAdam" else torch.float32)
        own = [torch.nn.Parameter(each.double()) for each in start]
        optimizer = getattr(torch.optim, op)(own, **ctor)
        after: list[list[np.ndarray]] = [[], []]
        for t in range(STEPS):
            for j, each in enumerate(own):
                each.grad = grads[j][t].double()
            optimizer.step()
            for j, each in enumerate(own):
                after[j].append(each.detach().numpy().copy())
        about = {
            "case": op.lower(),
            "op": op,
            "kind": "optimizer",
            "ctor": ctor,
            "n_params": 2,
            "steps": STEPS,
        }
        arrays = {f"after.{j}": np.stack(after[j]) for j in (0, 1)}
        group.add(
            about,
            arrays
            | {f"grads.{j}": grads[j] for j in (0, 1)}
            | {f"init.{j}": start[j] for j in (0, 1)},
        )
    torch.set_default_dtype(torch.float32)
    return group


def schedules() -> Group:
    """The rate at every step of each schedule that PyTorch has as one class."""
    group = Group("sched")
    options: dict[str, dict[str, Any]] = {
        "StepLR": {"step_size": 4, "gamma": 0.3},
        "MultiStepLR": {"milestones": [3, 7, 7, 11], "gamma": 0.5},
        "ExponentialLR": {"gamma": 0.8},
        "CosineAnnealingLR": {"T_max": 15, "eta_min": 0.01},
        "CosineAnnealingWarmRestarts": {"T_0": 3, "T_mult": 2},
        "LinearLR": {"start_factor": 0.2, "total_iters": 6},
        "ConstantLR": {"factor": 0.5, "total_iters": 4},
        "PolynomialLR": {"total_iters": 9, "power": 2.0},
        "OneCycleLR": {"max_lr": 0.4, "total_steps": 20},
        "CyclicLR": {"base_lr": 0.05, "max_lr": 0.3, "step_size_up": 4, "mode": "triangular2"},
    }
    for op, kwargs in options.items():
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.2, momentum=0.9)
        schedule = getattr(torch.optim.lr_scheduler, op)(optimizer, **kwargs)
        rates = []
        for _ in range(20):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            if len(rates) < 20:
                schedule.step()
        about = {
            "case": op.lower(),
            "op": op,
            "kind": "scheduler",
            "base_lr": 0.2,
            "kwargs": kwargs,
        }
        group.add(about, {"lr": np.array(rates)})
    return group


def main() -> None:
    """Make every group."""
    for make in (
        activations,
        attention,
        convolutions,
        losses,
        norms,
        optimizers,
        pools,
        recurrence,
        schedules,
    ):
        torch.manual_seed(math.prod(map(ord, make.__name__)) % 10_007)
        group = make()
        group.write()
        print(f"{group.name}: {len(group.cases)} cases")


if __name__ == "__main__":
    main()
