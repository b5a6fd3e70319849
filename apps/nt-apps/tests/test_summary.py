"""The figures at the end of a run can be read in full, however wide the terminal is."""

import io

import pytest
from nt_apps.train.summary import show_figures
from rich.console import Console

WAYS = [f"{way}_{name}" for way in ("image_to_text", "text_to_image")
        for name in ("r1", "r5", "r10", "mean_rank")]  # fmt: skip
LANGUAGE = ["loss", "perplexity", "bits_per_byte"]
COUNTED = ["trigram", "bigram", "unigram"]
TRAINERS = {
    "clip": (WAYS, ["nearest image's words", "chance"]),
    "t5": (["bleu", "greedy_bleu", "loss"], ["word for word (IBM model 1)", "copy", "unigram"]),
    "bert": (["accuracy", "f1", "matthews", "loss"], ["majority", "TF-IDF regression"]),
    "vit": (["accuracy", "top_3", "loss"], ["nearest mean", "logistic regression"]),
    "gpt2": (LANGUAGE, COUNTED),
    "prompt": (LANGUAGE, ["hard prompt", "no prompt", *COUNTED]),
}


def printed(width, figures, baselines):
    """The lines, and each number that must be among them."""
    rows = [
        {figure: 300 * place + number + 0.1234 for number, figure in enumerate(figures)}
        for place in range(1 + len(baselines))
    ]
    console = Console(file=io.StringIO(), width=width)
    show_figures(console, "all pairs", rows[0], dict(zip(baselines, rows[1:], strict=True)))
    return console.file.getvalue().splitlines(), [
        [f"{value:.4f}" for value in row.values()] for row in rows
    ]


@pytest.mark.parametrize("width", [40, 80, 400])
@pytest.mark.parametrize("trainer", TRAINERS)
def test_every_name_and_number_can_be_read(trainer, width):
    figures, baselines = TRAINERS[trainer]
    lines, rows = printed(width, figures, baselines)
    words = " ".join(lines).split()
    assert {number for row in rows for number in row} <= {*words}
    names = ["this model", *figures, *(f"{name} baseline" for name in baselines)]
    assert {word for name in names for word in name.replace("_", " ").split()} <= {*words}
    assert width == 40 or max(map(len, lines)) <= width


def test_numbers_stand_beside_their_names_either_way():
    figures, baselines = TRAINERS["clip"]
    lines, rows = printed(80, figures, baselines)
    for line, name, numbers in zip(lines[3:], figures, zip(*rows, strict=True), strict=True):
        assert line.split() == [*name.split("_"), *numbers]
    lines, rows = printed(400, figures, baselines)
    names = ["this model", *(f"{name} baseline" for name in baselines)]
    for line, name, numbers in zip(lines[2:], names, rows, strict=True):
        assert line.split() == [*name.split(), *numbers]
