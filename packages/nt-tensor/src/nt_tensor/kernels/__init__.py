"""The operations worth a body per library; nt-autograd's ops are written on them."""

from nt_tensor.kernels._attention import attention, attention_backward
from nt_tensor.kernels._batch_norm import batch_norm, batch_norm_backward, batch_statistics
from nt_tensor.kernels._convolution import conv2d, conv2d_input, conv2d_weight
from nt_tensor.kernels._cross_entropy import class_shares, cross_entropy
from nt_tensor.kernels._dropout import dropout
from nt_tensor.kernels._erf import erf
from nt_tensor.kernels._gelu import gelu, gelu_tanh
from nt_tensor.kernels._layer_norm import layer_norm, layer_norm_backward
from nt_tensor.kernels._linear import column_sums, linear
from nt_tensor.kernels._optimizers import adamw, sgd
from nt_tensor.kernels._rms_norm import rms_norm, rms_norm_backward
from nt_tensor.kernels._rotary import rotary
from nt_tensor.kernels._scatter_add import scatter_add
from nt_tensor.kernels._softmax import (
    log_softmax,
    log_softmax_backward,
    softmax,
    softmax_backward,
)
from nt_tensor.kernels._sum import sum_axes
from nt_tensor.kernels._swiglu import swiglu, swiglu_backward
from nt_tensor.kernels._topk import topk
from nt_tensor.kernels._where import where
from nt_tensor.kernels._wide import widened

__all__ = [
    "adamw",
    "attention",
    "attention_backward",
    "batch_norm",
    "batch_norm_backward",
    "batch_statistics",
    "class_shares",
    "column_sums",
    "conv2d",
    "conv2d_input",
    "conv2d_weight",
    "cross_entropy",
    "dropout",
    "erf",
    "gelu",
    "gelu_tanh",
    "layer_norm",
    "layer_norm_backward",
    "linear",
    "log_softmax",
    "log_softmax_backward",
    "rms_norm",
    "rms_norm_backward",
    "rotary",
    "scatter_add",
    "sgd",
    "softmax",
    "softmax_backward",
    "sum_axes",
    "swiglu",
    "swiglu_backward",
    "topk",
    "where",
    "widened",
]
