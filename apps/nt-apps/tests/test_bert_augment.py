"""Texts to learn classes from: other stretches of them, and other pieces of words, each time."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from nt_apps.train.bert import TrainBERT
from nt_apps.train.recipes import resolve


@pytest.fixture
def sentences(tmp_path: Path) -> Callable[..., TrainBERT]:
    """A classifier of texts of 20 words and of 2."""
    words = [f"word{i:02d}" for i in range(30)]
    lines = [f"{' '.join(words[i : i + 20])}\tlong" for i in range(10)]
    lines += [f"{words[i]} {words[i + 1]}\tshort" for i in range(20)]
    path = tmp_path / "sentences.tsv"
    path.write_text("text\tlabel\n" + "\n".join(lines), "utf-8")

    def make(**settings: object) -> TrainBERT:
        given = {"data": str(path), "task": "classify", "vocab_size": 200, "context": 64,
                 "length": 12, "token_dropout": 0.0, "subword_dropout": 0.0, "steps": 300,
                 "warmup": 1, "batch_size": 4, **settings}  # fmt: skip
        task = TrainBERT(resolve(TrainBERT, given, cores=1))
        task.prepare()
        return task

    return make


def read(task: TrainBERT) -> list[tuple[list[int], str]]:
    """What training reads: tokens and their text, without padding."""
    rows = []
    for tokens, real, _ in itertools.islice(task.loader().forever(), 400):
        assert tokens.shape[1] <= task.config.length
        for row, here in zip(tokens, real, strict=True):
            ids = row[here].tolist()
            assert (ids[0], ids[-1]) == (task._special("[CLS]"), task._special("[SEP]"))
            rows.append((ids, task.tokenizer.decode(ids[1:-1])))
    return rows


def test_another_stretch_of_a_long_text_is_read_each_time(sentences) -> None:
    task = sentences(random_windows=True)
    wanted = set()
    for row in (row.tolist()[1:-1] for row in task.train.rows):
        wanted |= {tuple(row[i : i + 10]) for i in range(max(1, len(row) - 9))}
    assert {tuple(ids[1:-1]) for ids, _ in read(task)} == wanted
    assert {len(ids) for ids in wanted} > {10}
    for part, texts in ((task.validation, task.texts.validation), (task.test, task.texts.test)):
        assert [row.tolist() for row in part.rows] == [task.row(t).tolist() for t in texts.texts]
        assert max(part.lengths) <= 12


def test_words_are_read_in_pieces_drawn_anew(sentences) -> None:
    task = sentences(subword_dropout=0.4, length=20)
    known = {task.tokenizer.decode(row[1:-1]): row.tolist() for row in task.train.rows}
    ways = {text: set() for text in known if len(text.split()) == 2}
    assert len(ways) > 10
    for ids, text in read(task):
        if len(ids) < 20:
            ways[text].add(tuple(ids))  # a word never becomes another
    assert all(tuple(known[text]) in found and len(found) > 3 for text, found in ways.items())
