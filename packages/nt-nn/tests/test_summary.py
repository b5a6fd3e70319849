"""The table of a model: shapes from one quiet call, every parameter counted once."""

import pytest
from nt_autograd import zeros
from nt_nn import Dropout, Embedding, Linear, Module, Sequential
from nt_tensor import default_generator


class Tied(Module):
    def __init__(self):
        self.table = Embedding(10, 4)
        self.body = [Sequential(Linear(4, 4), Dropout(0.5)), Sequential(Linear(4, 4), Dropout(0.5))]
        self.head = Linear(4, 10, bias=False)
        self.head.weight = self.table.weight
        self.spare = Linear(3, 3).requires_grad_(False)

    def forward(self, ids):
        x = self.table(ids)
        for block in self.body:
            x = block(x)
        return self.head(x), x


def rows(text):
    return [line.split() for line in text.splitlines() if line and line[0] != "-"]


def test_each_module_has_a_row_with_its_output_and_its_own_parameters():
    text = Tied().summary(zeros(2, 3, dtype="int64"))
    assert rows(text)[1:-1] == [
        ["Tied", "(2,", "3,", "10),", "(2,", "3,", "4)", "0"],
        ["table:", "Embedding", "(2,", "3,", "4)", "40"],
        ["body.0:", "Sequential", "(2,", "3,", "4)", "0"],
        ["0:", "Linear", "(2,", "3,", "4)", "20"],
        ["1:", "Dropout", "(2,", "3,", "4)", "0"],
        ["body.1:", "Sequential", "(2,", "3,", "4)", "0"],
        ["0:", "Linear", "(2,", "3,", "4)", "20"],
        ["1:", "Dropout", "(2,", "3,", "4)", "0"],
        ["head:", "Linear", "(2,", "3,", "10)", "0"],
        ["spare:", "Linear", "12"],
    ]
    assert text.endswith("total 92 parameters, 80 of them trainable, 368 bytes")
    assert len({len(line) for line in text.splitlines()[:-1]}) == 1  # all as wide as the rule


def test_depth_folds_what_lies_deeper_into_the_row_above():
    text = Tied().summary(depth=1)
    assert [row[-1] for row in rows(text)[1:-1]] == ["0", "40", "20", "20", "0", "12"]
    assert rows(Tied().summary(depth=0))[1] == ["Tied", "92"]
    with pytest.raises(ValueError, match=r"depth \(-1\)"):
        Tied().summary(depth=-1)


def test_a_summary_leaves_no_trace():
    net = Tied()
    net.body[0].eval()
    before = default_generator().state_dict()
    net.summary(zeros(1, 1, dtype="int64"))
    assert default_generator().state_dict() == before
    assert [m.training for m in net.modules()].count(False) == 3
    assert not any(m._module_hooks and m._module_hooks.after for m in net.modules())
    assert all(p.grad is None for p in net.parameters())
    with pytest.raises((TypeError, ValueError), match="float32"):
        net.summary(zeros(2, 3))  # floats are no ids
    assert not any(m._module_hooks and m._module_hooks.after for m in net.modules())
