"""The training step in PyTorch eager, the yardstick, in a process of its own.

The model is nanoGPT's: pre-norm blocks, learned positions, tied embeddings, no biases where `bias`
is false. The optimizer is `torch.optim.AdamW` with its defaults, as a user would write it.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from .case import Case, measure


class Attention(nn.Module):
    def __init__(self, case: Case) -> None:
        super().__init__()
        self.heads = case.heads
        self.qkv = nn.Linear(case.width, 3 * case.width, bias=case.bias)
        self.out = nn.Linear(case.width, case.width, bias=case.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        b, t, c = x.shape
        q, k, v = self.qkv(x).split(c, dim=2)
        q, k, v = (z.view(b, t, self.heads, c // self.heads).transpose(1, 2) for z in (q, k, v))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out(y.transpose(1, 2).reshape(b, t, c))


class Block(nn.Module):
    def __init__(self, case: Case) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(case.width, bias=case.bias)
        self.attention = Attention(case)
        self.norm2 = nn.LayerNorm(case.width, bias=case.bias)
        self.up = nn.Linear(case.width, 4 * case.width, bias=case.bias)
        self.down = nn.Linear(4 * case.width, case.width, bias=case.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.attention(self.norm1(x))
        return x + self.down(F.gelu(self.up(self.norm2(x)), approximate="tanh"))


class GPT(nn.Module):
    def __init__(self, case: Case) -> None:
        super().__init__()
        self.tokens = nn.Embedding(case.vocab, case.width)
        self.positions = nn.Embedding(case.context, case.width)
        self.blocks = nn.ModuleList(Block(case) for _ in range(case.layers))
        self.norm = nn.LayerNorm(case.width, bias=case.bias)
        self.head = nn.Linear(case.width, case.vocab, bias=False)
        self.head.weight = self.tokens.weight
        for p in self.parameters():
            if p.ndim > 1:
                nn.init.normal_(p, std=0.02)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        x = self.tokens(ids) + self.positions(torch.arange(ids.shape[1]))
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


def main() -> None:
    case = Case.from_arguments()
    torch.set_num_threads(case.threads)
    torch.manual_seed(0)
    model = GPT(case)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    batches = [tuple(torch.from_numpy(a) for a in batch) for batch in case.batches()]

    def step(i: int) -> float:
        tokens, targets = batches[i % len(batches)]
        logits = model(tokens)
        loss = F.cross_entropy(logits.view(-1, case.vocab), targets.view(-1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    measure(step, case)


if __name__ == "__main__":
    main()
