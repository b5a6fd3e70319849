"""Every metric against published libraries' values, where the reference results lie."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nt_data import metrics


@pytest.fixture(scope="module")
def goldens(shared: Callable[[str], Path]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shared("goldens/metrics/metrics.json").read_text())
    return found


def same(ours: Any, theirs: Any) -> None:
    if theirs is None:  # undefined
        assert math.isnan(ours)
    else:
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


def test_classification(goldens: dict[str, Any]) -> None:
    for case in goldens["classification"]:
        pred, y = case["pred"], case["y"]
        same(metrics.accuracy(pred, y), case["accuracy"])
        same(metrics.balanced_accuracy(pred, y), case["balanced_accuracy"])
        same(metrics.matthews_corrcoef(pred, y), case["matthews"])
        same(metrics.cohen_kappa(pred, y), case["cohen_kappa"])
        same(metrics.confusion_matrix(pred, y), case["confusion"])
        for name, metric in (
            ("precision", metrics.precision),
            ("recall", metrics.recall),
            ("f1", metrics.f1),
        ):
            if name in case:
                same(metric(pred, y), case[name])
            same(metric(pred, y, average="micro"), case[f"{name}_micro"])
            same(metric(pred, y, average="macro"), case[f"{name}_macro"])
            same(metric(pred, y, average="weighted"), case[f"{name}_weighted"])


def test_regression(goldens: dict[str, Any]) -> None:
    for case in goldens["regression"]:
        pred, y = case["pred"], case["y"]
        for name, metric in (
            ("pearson", metrics.pearson),
            ("spearman", metrics.spearman),
            ("kendall", metrics.kendall),
            ("mse", metrics.mean_squared_error),
            ("mae", metrics.mean_absolute_error),
            ("r2", metrics.r2),
        ):
            same(metric(pred, y), case[name])


def test_probabilities(goldens: dict[str, Any]) -> None:
    scores, classes = goldens["probabilities"]
    same(metrics.roc_auc(scores["score"], scores["y"]), scores["roc_auc"])
    same(metrics.average_precision(scores["score"], scores["y"]), scores["average_precision"])
    loss = metrics.log_loss(classes["prob"], classes["y"])
    same(loss, classes["log_loss"])
    same(metrics.perplexity(loss), classes["perplexity"])
    for k in (1, 2, 3):
        same(metrics.top_k_accuracy(classes["prob"], classes["y"], k=k), classes[f"top{k}"])


def test_text(goldens: dict[str, Any]) -> None:
    (case,) = goldens["text"]
    hyp, one = case["hyp"], case["ref"]
    two = list(zip(one, case["ref2"], strict=True))
    for tokenize in ("13a", "none"):
        for name, references in (("one_ref", one), ("two_refs", two)):
            wanted = case[f"bleu_{tokenize}_{name}"]
            got = metrics.bleu(hyp, references, tokenize=tokenize)
            same(got.score, wanted["score"])
            same(got.precisions, wanted["precisions"])
            same(got.brevity_penalty, wanted["bp"])
            assert (got.hypothesis_length, got.reference_length) == (
                wanted["sys_len"],
                wanted["ref_len"],
            )
    same(metrics.chrf(hyp, one), case["chrf_one_ref"])
    for a, b, score, overlap in zip(
        hyp, one, case["sentence_bleu_none_exp"], case["rouge"], strict=True
    ):
        same(metrics.sentence_bleu(a, b, tokenize="none").score, score)
        got_rouge = metrics.rouge(a, b)
        for name, numbers in overlap.items():
            kind = getattr(got_rouge, name)
            same([kind.precision, kind.recall, kind.f1], numbers)
