"""BERT's heads: what each reads, what it gives, that all of it learns."""

import numpy as np
import pytest
from nt_autograd import cross_entropy, log_softmax, mse_loss, tensor
from nt_models import (
    BERTConfig,
    BERTForMaskedLM,
    BERTForNextSentencePrediction,
    BERTForPreTraining,
    BERTForQuestionAnswering,
    BERTForSequenceClassification,
    BERTForTokenClassification,
)
from nt_nn import count_parameters, skeleton
from nt_nn.optim import AdamW
from nt_tensor import Generator

CONFIG = BERTConfig(vocab_size=11, context=8, layers=1, heads=2, width=12, labels=3)
IDS = np.random.default_rng(0).integers(1, 11, (4, 8))
MASK = (np.arange(8) < np.array([8, 5, 7, 6])[:, None]).astype(np.int64)
TYPES = (np.arange(8) > 3).astype(np.int64) + np.zeros((4, 1), np.int64)
WORDS = np.where(np.arange(8) % 3 == 1, IDS, -100)
FOLLOWS = np.array([0, 1, 1, 0])
PLACES = np.array([[1, 3], [2, 2], [0, 6], [4, 5]])

SHAPES = {
    BERTForMaskedLM: (4, 8, 11),
    BERTForNextSentencePrediction: (4, 2),
    BERTForSequenceClassification: (4, 3),
    BERTForTokenClassification: (4, 8, 3),
    BERTForQuestionAnswering: (4, 8, 2),
}
ALL = pytest.mark.parametrize("head", [*SHAPES, BERTForPreTraining], ids=lambda c: c.__name__)


def made(head, device="cpu", seed=0, **changes):
    config = BERTConfig(**{**CONFIG.__dict__, **changes})
    return head(config, generator=Generator(seed)).to(device)


def texts(device="cpu"):
    return [tensor(x, device=device) for x in (IDS, MASK, TYPES)]


def loss_of(model, device="cpu"):
    """The published loss of each task."""
    words, follows, places, tags = (
        tensor(x, device=device) for x in (WORDS, FOLLOWS, PLACES, IDS % 3)
    )
    y = model(*texts(device))
    if isinstance(model, BERTForPreTraining):
        return model.loss(*y, words, follows)
    if isinstance(model, BERTForMaskedLM):
        return cross_entropy(y.transpose(1, 2), words)
    if isinstance(model, BERTForTokenClassification):
        return cross_entropy(y.transpose(1, 2), tags)
    return cross_entropy(y, places if isinstance(model, BERTForQuestionAnswering) else follows)


@pytest.mark.parametrize("head", SHAPES, ids=lambda c: c.__name__)
def test_a_head_gives_the_logits_of_its_task(head, device):
    assert made(head, device)(*texts(device)).shape == SHAPES[head]
    words, sentence = made(BERTForPreTraining, device)(*texts(device))
    assert (words.shape, sentence.shape) == ((4, 8, 11), (4, 2))


@ALL
@pytest.mark.parametrize("tied", [True, False])
def test_every_parameter_gets_a_finite_gradient_that_is_not_zero(head, tied, device):
    model = made(head, device, tied=tied)
    rng = np.random.default_rng(1)
    for p in model.parameters():
        p.data = tensor(rng.standard_normal(p.shape).astype("float32") * 0.5, device=device).data
    loss_of(model, device).backward()
    for name, p in model.named_parameters():
        assert np.isfinite(p.grad.numpy()).all(), name
        assert np.abs(p.grad.numpy()).max() > 0, name


@ALL
def test_a_head_overfits_one_batch(head):
    model = made(head, width=24)
    optimizer = AdamW(model.parameters(), lr=1e-2, weight_decay=0.0)
    for _ in range(100):
        loss = loss_of(model)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.05


def test_a_single_label_is_a_number_that_can_be_learned(device):
    model = made(BERTForSequenceClassification, device, labels=1)
    right = tensor([0.5, -1.0, 2.0, 0.25], device=device)
    optimizer = AdamW(model.parameters(), lr=1e-2, weight_decay=0.0)
    for _ in range(60):
        loss = mse_loss(model(*texts(device))[:, 0], right)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.02


def test_tied_words_are_predicted_by_the_embeddings_own_matrix():
    tied, own = made(BERTForMaskedLM), made(BERTForMaskedLM, tied=False)
    assert count_parameters(own) - count_parameters(tied) == 11 * 12
    names = [name for name, _ in tied.named_parameters()]
    assert "head.bias" in names
    assert not [name for name in names if "decoder" in name]
    logits = tied(*texts())
    x = tied.head.norm(tied.head.activation(tied.head.transform(tied.bert(*texts()))))
    right = x @ tied.bert.token_embedding.weight.transpose(0, 1) + tied.head.bias
    np.testing.assert_allclose(logits.detach().numpy(), right.detach().numpy(), atol=1e-6)


def test_padding_changes_no_real_tokens_words():
    model = made(BERTForMaskedLM)
    other = np.where(MASK == 1, IDS, 7)
    right, found = (
        model(tensor(x), tensor(MASK)).detach().numpy()[MASK == 1] for x in (IDS, other)
    )
    np.testing.assert_array_equal(found, right)


def test_a_pooled_head_reads_the_first_token_alone():
    model = made(BERTForSequenceClassification)
    x = model.bert(*texts())
    right = model.classifier(model.bert.pooled(x)).tolist()
    assert model(*texts()).tolist() == right
    shuffled = x.detach().numpy()
    shuffled[:, 1:] = 5.0
    assert model.classifier(model.bert.pooled(tensor(shuffled))).tolist() == right


def test_the_answers_loss_is_the_mean_of_its_beginnings_and_its_ends():
    logits = made(BERTForQuestionAnswering)(*texts())
    losses = [
        -log_softmax(logits[:, :, i].detach(), 1).numpy()[range(4), PLACES[:, i]].mean()
        for i in (0, 1)
    ]
    loss = cross_entropy(logits, tensor(PLACES)).item()
    assert loss == pytest.approx(np.mean(losses), rel=1e-6)


def test_pre_training_adds_both_losses():
    model = made(BERTForPreTraining)
    words, sentence = model(*texts())
    both = cross_entropy(words.transpose(1, 2), tensor(WORDS)).item()
    both += cross_entropy(sentence, tensor(FOLLOWS)).item()
    assert loss_of(model).item() == pytest.approx(both, rel=1e-6)


@pytest.mark.parametrize(("given", "share"), [(None, 0.5), (0.0, 0.0), (0.25, 0.25)])
def test_a_classifier_has_a_dropout_of_its_own(given, share):
    for head in (BERTForSequenceClassification, BERTForTokenClassification):
        assert made(head, dropout=0.5, classifier_dropout=given).dropout.p == share
    assert made(BERTForQuestionAnswering, dropout=0.5).dropout.p == 0.0
    assert made(BERTForNextSentencePrediction, dropout=0.5).dropout.p == 0.0


@pytest.mark.parametrize(
    ("name", "head", "parameters"),
    [
        ("bert-base", BERTForMaskedLM, 109_514_298),
        ("bert-base", BERTForPreTraining, 110_106_428),
        ("bert-base", BERTForSequenceClassification, 109_483_778),
        ("bert-large", BERTForQuestionAnswering, 334_094_338),
        ("bert-mini", BERTForMaskedLM, 5_829_136),
    ],
)
def test_full_size_heads_have_the_published_number_of_parameters(name, head, parameters):
    with skeleton():
        model = head(BERTConfig.preset(name))
    assert count_parameters(model) == parameters
