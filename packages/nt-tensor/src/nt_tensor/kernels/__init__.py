"""The operations worth a body per library; nt-autograd's ops are written on them."""

from nt_tensor.kernels._attention import attention, attention_backward, outside_band
from nt_tensor.kernels._bands import Band, band_sum
from nt_tensor.kernels._batch_norm import batch_norm, batch_norm_backward, channel_affine
from nt_tensor.kernels._convolution import (
    convolution,
    convolution_backward,
    convolution_input,
    convolution_weight,
)
from nt_tensor.kernels._cross_entropy import (
    class_counts,
    class_shares,
    cross_entropy,
    times,
)
from nt_tensor.kernels._ctc import ctc, ctc_paths
from nt_tensor.kernels._dropout import dropout
from nt_tensor.kernels._erf import erf
from nt_tensor.kernels._errors import logistic_error, squared_error
from nt_tensor.kernels._fold import fold, unfold
from nt_tensor.kernels._frugal_attention import frugal_attention, frugal_attention_backward
from nt_tensor.kernels._gelu import gelu, gelu_tanh
from nt_tensor.kernels._group_norm import group_norm, group_norm_backward
from nt_tensor.kernels._gru import gru, gru_backward
from nt_tensor.kernels._layer_norm import layer_norm, layer_norm_backward
from nt_tensor.kernels._linear import column_sums, linear
from nt_tensor.kernels._lstm import lstm, lstm_backward
from nt_tensor.kernels._optimizers import fused_update
from nt_tensor.kernels._pointwise import pointwise
from nt_tensor.kernels._pooling import scatter_planes, window_max
from nt_tensor.kernels._product import matrix_product, product
from nt_tensor.kernels._recurrent import spans
from nt_tensor.kernels._relu import (
    hardswish,
    hardswish_backward,
    hardtanh_backward,
    leaky_relu,
    leaky_relu_backward,
    relu,
    relu_backward,
)
from nt_tensor.kernels._rms_norm import rms_norm, rms_norm_backward
from nt_tensor.kernels._rnn import rnn, rnn_backward
from nt_tensor.kernels._rotary import rotary
from nt_tensor.kernels._scatter_add import scatter_add
from nt_tensor.kernels._sigmoid import sigmoid, sigmoid_backward, swish, swish_backward
from nt_tensor.kernels._softmax import (
    log_softmax,
    log_softmax_backward,
    softmax,
    softmax_backward,
)
from nt_tensor.kernels._softplus import (
    elu,
    elu_backward,
    mish,
    mish_backward,
    softplus,
    softplus_backward,
)
from nt_tensor.kernels._sum import sum_axes
from nt_tensor.kernels._swiglu import swiglu, swiglu_backward
from nt_tensor.kernels._topk import topk
from nt_tensor.kernels._where import where
from nt_tensor.kernels._wide import widened

__all__ = [
    "Band",
    "attention",
    "attention_backward",
    "band_sum",
    "batch_norm",
    "batch_norm_backward",
    "channel_affine",
    "class_counts",
    "class_shares",
    "column_sums",
    "convolution",
    "convolution_backward",
    "convolution_input",
    "convolution_weight",
    "cross_entropy",
    "ctc",
    "ctc_paths",
    "dropout",
    "erf",
    "fused_update",
    "fold",
    "frugal_attention",
    "frugal_attention_backward",
    "gelu",
    "gelu_tanh",
    "group_norm",
    "group_norm_backward",
    "gru",
    "gru_backward",
    "layer_norm",
    "layer_norm_backward",
    "linear",
    "log_softmax",
    "log_softmax_backward",
    "logistic_error",
    "lstm",
    "lstm_backward",
    "matrix_product",
    "outside_band",
    "hardswish",
    "hardswish_backward",
    "hardtanh_backward",
    "leaky_relu",
    "leaky_relu_backward",
    "elu",
    "elu_backward",
    "mish",
    "mish_backward",
    "softplus",
    "softplus_backward",
    "pointwise",
    "product",
    "relu",
    "relu_backward",
    "rms_norm",
    "rms_norm_backward",
    "rnn",
    "rnn_backward",
    "rotary",
    "scatter_add",
    "scatter_planes",
    "sigmoid",
    "sigmoid_backward",
    "softmax",
    "softmax_backward",
    "spans",
    "squared_error",
    "sum_axes",
    "swiglu",
    "swiglu_backward",
    "swish",
    "swish_backward",
    "times",
    "topk",
    "unfold",
    "where",
    "widened",
    "window_max",
]
