"""The yardstick's models: the same computations in PyTorch, as its users write them.

Attention is `scaled_dot_product_attention`, queries, keys and values come from one linear map, the
norms are PyTorch's own. Parameters have nt's names, and sizes come as fields of nt's configs, so
that both libraries begin with the same weights.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "gelu": F.gelu,
    "gelu_new": lambda x: F.gelu(x, approximate="tanh"),
    "quick_gelu": lambda x: x * torch.sigmoid(1.702 * x),
    "relu": F.relu,
}


def heads(x: Tensor, count: int) -> Tensor:
    """(batch, time, count * width) as (batch, count, time, width)."""
    return x.unflatten(-1, (count, -1)).transpose(1, 2)


def joined(x: Tensor) -> Tensor:
    """(batch, heads, time, width) as (batch, time, heads * width)."""
    return x.transpose(1, 2).flatten(2)


class Attention(nn.Module):
    """Self-attention."""

    def __init__(self, width: int, count: int, bias: bool = True, inner: int | None = None) -> None:
        super().__init__()
        inner = inner or width
        self.count = count
        self.qkv = nn.Linear(width, 3 * inner, bias=bias)
        self.out = nn.Linear(inner, width, bias=bias)

    def forward(self, x: Tensor, **options: Any) -> Tensor:
        q, k, v = (heads(z, self.count) for z in self.qkv(x).chunk(3, dim=-1))
        return self.out(joined(F.scaled_dot_product_attention(q, k, v, **options)))


class Block(nn.Module):
    """Attention and a two-layer network, norms in front, or behind as BERT has them."""

    def __init__(self, c: Any, causal: bool = False, post: bool = False) -> None:
        super().__init__()
        bias, inner = getattr(c, "bias", True), c.inner or 4 * c.width
        self.causal, self.post = causal, post
        self.norm1 = nn.LayerNorm(c.width, c.eps, bias=bias)
        self.attention = Attention(c.width, c.heads, bias)
        self.norm2 = nn.LayerNorm(c.width, c.eps, bias=bias)
        self.up = nn.Linear(c.width, inner, bias=bias)
        self.down = nn.Linear(inner, c.width, bias=bias)
        self.activation = ACTIVATIONS[c.activation]

    def mlp(self, x: Tensor) -> Tensor:
        return self.down(self.activation(self.up(x)))

    def forward(self, x: Tensor) -> Tensor:
        if self.post:
            x = self.norm1(x + self.attention(x))
            return self.norm2(x + self.mlp(x))
        x = x + self.attention(self.norm1(x), is_causal=self.causal)
        return x + self.mlp(self.norm2(x))


class GPT2(nn.Module):
    def __init__(self, c: Any) -> None:
        super().__init__()
        self.token_embedding = nn.Embedding(c.vocab_size, c.width)
        self.position_embedding = nn.Embedding(c.context, c.width)
        self.blocks = nn.Sequential(*(Block(c, causal=True) for _ in range(c.layers)))
        self.norm = nn.LayerNorm(c.width, bias=c.bias)

    def forward(self, ids: Tensor) -> Tensor:
        x = self.token_embedding(ids) + self.position_embedding(torch.arange(ids.shape[1]))
        return F.linear(self.norm(self.blocks(x)), self.token_embedding.weight)


def patches(conv: nn.Conv2d, images: Tensor) -> Tensor:
    """(batch, channels, size, size) to (batch, patches, width)."""
    return conv(images).flatten(2).transpose(1, 2)


class ViTEncoder(nn.Module):
    def __init__(self, c: Any) -> None:
        super().__init__()
        count = (c.image_size // c.patch_size) ** 2
        self.patch_embedding = nn.Conv2d(c.channels, c.width, c.patch_size, c.patch_size)
        self.class_token = nn.Parameter(torch.zeros(1, 1, c.width))
        self.position_embedding = nn.Parameter(torch.zeros(1, 1 + count, c.width))
        self.blocks = nn.Sequential(*(Block(c) for _ in range(c.layers)))
        self.norm = nn.LayerNorm(c.width, c.eps)

    def forward(self, images: Tensor) -> Tensor:
        x = patches(self.patch_embedding, images)
        x = torch.cat([self.class_token.expand(len(x), -1, -1), x], 1) + self.position_embedding
        return self.norm(self.blocks(x))


class ViT(nn.Module):
    def __init__(self, c: Any) -> None:
        super().__init__()
        self.encoder = ViTEncoder(c)
        self.head = nn.Linear(c.width, c.classes)

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.encoder(images)[:, 0])


class BERT(nn.Module):
    def __init__(self, c: Any) -> None:
        super().__init__()
        self.token_embedding = nn.Embedding(c.vocab_size, c.width, padding_idx=c.pad_token)
        self.position_embedding = nn.Embedding(c.context, c.width)
        self.token_type_embedding = nn.Embedding(c.token_types, c.width)
        self.norm = nn.LayerNorm(c.width, c.eps)
        self.blocks = nn.Sequential(*(Block(c, post=True) for _ in range(c.layers)))

    def forward(self, ids: Tensor) -> Tensor:
        place = self.position_embedding(torch.arange(ids.shape[1]))
        x = self.token_embedding(ids) + (place + self.token_type_embedding.weight[0])
        return self.blocks(self.norm(x))


class MaskedLMHead(nn.Module):
    def __init__(self, c: Any) -> None:
        super().__init__()
        self.transform = nn.Linear(c.width, c.width)
        self.activation = ACTIVATIONS[c.activation]
        self.norm = nn.LayerNorm(c.width, c.eps)
        self.bias = nn.Parameter(torch.zeros(c.vocab_size))

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        return F.linear(self.norm(self.activation(self.transform(x))), embedding, self.bias)


class BERTForMaskedLM(nn.Module):
    def __init__(self, c: Any) -> None:
        super().__init__()
        self.bert = BERT(c)
        self.head = MaskedLMHead(c)

    def forward(self, ids: Tensor) -> Tensor:
        return self.head(self.bert(ids), self.bert.token_embedding.weight)


class CLIPVision(nn.Module):
    def __init__(self, c: Any) -> None:
        super().__init__()
        self.class_embedding = nn.Parameter(torch.zeros(c.width))
        self.patch_embedding = nn.Conv2d(c.channels, c.width, c.patch, c.patch, bias=False)
        self.position_embedding = nn.Embedding(1 + (c.image_size // c.patch) ** 2, c.width)
        self.norm_in = nn.LayerNorm(c.width, c.eps)
        self.blocks = nn.Sequential(*(Block(c) for _ in range(c.layers)))
        self.norm = nn.LayerNorm(c.width, c.eps)
        self.projection = nn.Linear(c.width, c.projection, bias=False)

    def forward(self, images: Tensor) -> Tensor:
        x = patches(self.patch_embedding, images)
        x = torch.cat([self.class_embedding.expand(len(x), 1, -1), x], 1)
        x = self.blocks(self.norm_in(x + self.position_embedding.weight))
        return self.projection(self.norm(x[:, 0]))


class CLIPText(nn.Module):
    def __init__(self, c: Any) -> None:
        super().__init__()
        self.token_embedding = nn.Embedding(c.vocab_size, c.width)
        self.position_embedding = nn.Embedding(c.context, c.width)
        self.blocks = nn.Sequential(*(Block(c, causal=True) for _ in range(c.layers)))
        self.norm = nn.LayerNorm(c.width, c.eps)
        self.projection = nn.Linear(c.width, c.projection, bias=False)

    def forward(self, ids: Tensor) -> Tensor:
        x = self.token_embedding(ids) + self.position_embedding(torch.arange(ids.shape[1]))
        x = self.blocks(x)[torch.arange(len(ids)), ids.argmax(-1)]
        return self.projection(self.norm(x))


class CLIP(nn.Module):
    def __init__(self, c: Any) -> None:
        super().__init__()
        self.vision = CLIPVision(c.vision)
        self.text = CLIPText(c.text)
        self.logit_scale = nn.Parameter(torch.tensor(c.logit_scale))

    def forward(self, images: Tensor, ids: Tensor) -> Tensor:
        u, v = F.normalize(self.vision(images), dim=-1), F.normalize(self.text(ids), dim=-1)
        return self.logit_scale.exp() * u @ v.T


def conv(width: int, wider: int, size: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(width, wider, size, stride, size // 2, bias=False)


class ResidualBlock(nn.Module):
    def __init__(self, width: int, wider: int, stride: int) -> None:
        super().__init__()
        self.convs = nn.ModuleList([conv(width, wider, 3, stride), conv(wider, wider, 3)])
        self.norms = nn.ModuleList([nn.BatchNorm2d(wider), nn.BatchNorm2d(wider)])
        self.shortcut = None
        if stride > 1 or width != wider:
            self.shortcut = nn.Sequential(conv(width, wider, 1, stride), nn.BatchNorm2d(wider))

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.norms[0](self.convs[0](x)))
        y = self.norms[1](self.convs[1](y))
        return F.relu(y + (x if self.shortcut is None else self.shortcut(x)))


class Stem(nn.Module):
    def __init__(self, c: Any) -> None:
        super().__init__()
        self.conv = conv(c.channels, c.stem_width, 3)
        self.norm = nn.BatchNorm2d(c.stem_width)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.norm(self.conv(x)))


class ResNet(nn.Module):
    def __init__(self, c: Any) -> None:
        super().__init__()
        self.stem = Stem(c)
        self.stages = nn.Sequential()
        width = c.stem_width
        for i, (depth, wider) in enumerate(zip(c.depths, c.widths, strict=True)):
            blocks = [ResidualBlock(width, wider, 2 if i else 1)]
            blocks += [ResidualBlock(wider, wider, 1) for _ in range(depth - 1)]
            self.stages.append(nn.Sequential(*blocks))
            width = wider
        self.head = nn.Linear(width, c.classes)

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.stages(self.stem(images)).mean((2, 3)))


def turned(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """The rotary embedding of (batch, heads, time, width), as transformers writes it."""
    a, b = x.chunk(2, dim=-1)
    return x * cos + torch.cat([-b, a], dim=-1) * sin


class GroupedAttention(nn.Module):
    """Self-attention whose heads share keys, with rotations."""

    def __init__(self, c: Any) -> None:
        super().__init__()
        self.count, self.shared = c.heads, c.kv_heads or c.heads
        self.head = c.head_dim or c.width // c.heads
        self.qkv = nn.Linear(c.width, (self.count + 2 * self.shared) * self.head, bias=False)
        self.out = nn.Linear(self.count * self.head, c.width, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        sizes = [self.count * self.head, *[self.shared * self.head] * 2]
        q, k, v = self.qkv(x).split(sizes, dim=-1)
        q = turned(heads(q, self.count), cos, sin)
        k, v = turned(heads(k, self.shared), cos, sin), heads(v, self.shared)
        groups = self.count // self.shared
        k, v = k.repeat_interleave(groups, 1), v.repeat_interleave(groups, 1)
        return self.out(joined(F.scaled_dot_product_attention(q, k, v, is_causal=True)))


class GatedNetwork(nn.Module):
    def __init__(self, c: Any) -> None:
        super().__init__()
        self.gate = nn.Linear(c.width, c.hidden, bias=False)
        self.up = nn.Linear(c.width, c.hidden, bias=False)
        self.down = nn.Linear(c.hidden, c.width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down(F.silu(self.gate(x)) * self.up(x))


class ModernBlock(nn.Module):
    def __init__(self, c: Any) -> None:
        super().__init__()
        self.norm1 = nn.RMSNorm(c.width, c.eps)
        self.attention = GroupedAttention(c)
        self.norm2 = nn.RMSNorm(c.width, c.eps)
        self.feed_forward = GatedNetwork(c)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        x = x + self.attention(self.norm1(x), cos, sin)
        return x + self.feed_forward(self.norm2(x))


class Modern(nn.Module):
    def __init__(self, c: Any) -> None:
        super().__init__()
        self.token_embedding = nn.Embedding(c.vocab_size, c.width)
        self.blocks = nn.ModuleList(ModernBlock(c) for _ in range(c.layers))
        self.norm = nn.RMSNorm(c.width, c.eps)
        width = c.head_dim or c.width // c.heads
        speed = c.theta ** -(torch.arange(0, width, 2, dtype=torch.float64) / width)
        angle = torch.arange(c.trained_length)[:, None] * speed.repeat(2)
        self.register_buffer("cos", angle.cos().float(), persistent=False)
        self.register_buffer("sin", angle.sin().float(), persistent=False)

    def forward(self, ids: Tensor) -> Tensor:
        x, time = self.token_embedding(ids), ids.shape[1]
        for block in self.blocks:
            x = block(x, self.cos[:time], self.sin[:time])
        return F.linear(self.norm(x), self.token_embedding.weight)


class DistanceBias(nn.Module):
    """T5's learned biases of distances, in buckets."""

    def __init__(self, c: Any, both: bool) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(c.buckets, c.heads))
        self.both, self.most = both, c.max_distance

    def forward(self, time: int) -> Tensor:
        count = len(self.weight) // (2 if self.both else 1)
        away = torch.arange(time)[None, :] - torch.arange(time)[:, None]  # key - query
        far = away.abs() if self.both else (-away).clamp(min=0)
        exact = count // 2
        steps = torch.log(far.clamp(min=1) / exact) / math.log(self.most / exact)
        wide = (exact + (steps * (count - exact)).long()).clamp(max=count - 1)
        bucket = torch.where(far < exact, far, wide) + (count * (away > 0) if self.both else 0)
        return F.embedding(bucket, self.weight).permute(2, 0, 1)[None]  # (1, heads, time, time)


class CrossAttention(nn.Module):
    def __init__(self, c: Any) -> None:
        super().__init__()
        self.count, inner = c.heads, c.heads * c.head_dim
        self.query = nn.Linear(c.width, inner, bias=False)
        self.key_value = nn.Linear(c.width, 2 * inner, bias=False)
        self.out = nn.Linear(inner, c.width, bias=False)

    def forward(self, x: Tensor, encoded: Tensor) -> Tensor:
        q = heads(self.query(x), self.count)
        k, v = (heads(z, self.count) for z in self.key_value(encoded).chunk(2, dim=-1))
        return self.out(joined(F.scaled_dot_product_attention(q, k, v, scale=1.0)))


class Network(nn.Module):
    def __init__(self, c: Any) -> None:
        super().__init__()
        self.up = nn.Linear(c.width, c.hidden, bias=False)
        self.down = nn.Linear(c.hidden, c.width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down(F.relu(self.up(x)))


class T5Block(nn.Module):
    def __init__(self, c: Any, decodes: bool) -> None:
        super().__init__()
        self.norm1 = nn.RMSNorm(c.width, c.norm_eps)
        self.attention = Attention(c.width, c.heads, False, c.heads * c.head_dim)
        if decodes:
            self.norm2 = nn.RMSNorm(c.width, c.norm_eps)
            self.cross = CrossAttention(c)
        self.norm3 = nn.RMSNorm(c.width, c.norm_eps)
        self.network = Network(c)

    def forward(self, x: Tensor, bias: Tensor, encoded: Tensor | None) -> Tensor:
        x = x + self.attention(self.norm1(x), attn_mask=bias, scale=1.0)
        if encoded is not None:
            x = x + self.cross(self.norm2(x), encoded)
        return x + self.network(self.norm3(x))


class T5Stack(nn.Module):
    def __init__(self, c: Any, embedding: nn.Embedding | None, layers: int, decodes: bool) -> None:
        super().__init__()
        if embedding is not None:
            self.embedding = embedding
        self.decodes = decodes
        self.bias = DistanceBias(c, both=not decodes)
        self.blocks = nn.ModuleList(T5Block(c, decodes) for _ in range(layers))
        self.norm = nn.RMSNorm(c.width, c.norm_eps)

    def forward(self, x: Tensor, encoded: Tensor | None = None) -> Tensor:
        time = x.shape[1]
        bias = self.bias(time)
        if self.decodes:
            later = torch.ones(time, time, dtype=torch.bool).triu(1)
            bias = bias.masked_fill(later, -math.inf)
        for block in self.blocks:
            x = block(x, bias, encoded)
        return self.norm(x)


class T5(nn.Module):
    def __init__(self, c: Any) -> None:
        super().__init__()
        self.start, self.scale = c.start, c.width**-0.5
        embedding = nn.Embedding(c.vocab_size, c.width)
        self.encoder = T5Stack(c, embedding, c.encoder_layers, decodes=False)
        self.decoder = T5Stack(c, None, c.decoder_layers, decodes=True)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        embedding = self.encoder.embedding
        first = torch.full_like(target[:, :1], self.start)
        shifted = torch.cat([first, target[:, :-1]], 1)
        x = self.decoder(embedding(shifted), self.encoder(embedding(source)))
        return F.linear(x * self.scale, embedding.weight)


def classified(model: nn.Module, x: Tensor, labels: Tensor) -> Tensor:
    logits = model(x)
    return F.cross_entropy(logits.view(-1, logits.shape[-1]), labels.view(-1))


def translated(model: nn.Module, source: Tensor, target: Tensor) -> Tensor:
    return F.cross_entropy(model(source, target).flatten(0, 1), target.flatten())


def paired(model: nn.Module, images: Tensor, ids: Tensor) -> Tensor:
    logits, each = model(images, ids), torch.arange(len(images))
    return (F.cross_entropy(logits, each) + F.cross_entropy(logits.T, each)) / 2


MODELS: dict[str, tuple[Callable[[Any], nn.Module], Callable[..., Tensor]]] = {
    "gpt2": (GPT2, classified),
    "vit": (ViT, classified),
    "bert": (BERTForMaskedLM, classified),
    "clip": (CLIP, paired),
    "resnet": (ResNet, classified),
    "modern": (Modern, classified),
    "t5": (T5, translated),
}
