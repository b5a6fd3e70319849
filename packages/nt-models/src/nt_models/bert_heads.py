"""What stands on BERT: a class for each task that it was published for.

    BERTForMaskedLM                hidden -> which token was masked?    (batch, time, vocabulary)
    BERTForNextSentencePrediction  pooled -> does B follow A?           (batch, 2)
    BERTForPreTraining             both
    BERTForSequenceClassification  pooled -> classes, or one number     (batch, labels)
    BERTForTokenClassification     hidden -> classes of each token      (batch, time, labels)
    BERTForQuestionAnswering       hidden -> begins, ends the answer?   (batch, time, 2)

Source: Devlin, Chang, Lee, Toutanova, BERT: Pre-training of Deep Bidirectional Transformers for
Language Understanding (2018), sections 3.1 and 4, and its published code.
"""

from __future__ import annotations

from nt_autograd import Tensor, cross_entropy, linear
from nt_nn import Dropout, LayerNorm, Linear, Module, Parameter
from nt_tensor import Generator, default_generator, use_generator, zeros

from ._activations import activation
from .bert import BERT, BERTConfig, initialise

__all__ = [
    "BERTForMaskedLM",
    "BERTForNextSentencePrediction",
    "BERTForPreTraining",
    "BERTForQuestionAnswering",
    "BERTForSequenceClassification",
    "BERTForTokenClassification",
]


class MaskedLMHead(Module):
    """From a hidden state to the logits of its token: a layer, a norm, the embedding's matrix."""

    transform: Linear  # weight (width, width)
    norm: LayerNorm
    decoder: Linear | None  # weight (vocabulary, width), where it is not the embedding's
    bias: Parameter | None  # (vocabulary,), where it is

    def __init__(self, config: BERTConfig) -> None:
        self.transform = Linear(config.width, config.width)
        self.activation = activation(config.activation)
        self.norm = LayerNorm(config.width, config.eps)
        self.decoder = None if config.tied else Linear(config.width, config.vocab_size)
        self.bias = Parameter(zeros(config.vocab_size)) if config.tied else None
        initialise(self)

    def forward(self, x: Tensor, embedding: Parameter) -> Tensor:
        """(batch, time, width) and (vocabulary, width) to (batch, time, vocabulary)."""
        x = self.norm(self.activation(self.transform(x)))  # (batch, time, width)
        if self.decoder is not None:
            return self.decoder(x)
        y: Tensor = linear(x, embedding, self.bias)
        return y


class BERTForMaskedLM(Module):
    """BERT that says which tokens were masked.

    The loss is the cross-entropy over the masked positions, the others being labelled -100.

    Args:
        config: the sizes.
        generator: draws the initial weights; the thread's default generator if None.

    Example:
        >>> from nt_autograd import cross_entropy, tensor
        >>> model = BERTForMaskedLM(BERTConfig(vocab_size=65, layers=2, heads=2, width=16))
        >>> logits = model(tensor([[1, 2, 3]]))
        >>> logits.shape
        (1, 3, 65)
        >>> loss = cross_entropy(logits.transpose(1, 2), tensor([[-100, 7, -100]]))

    Source: Devlin et al. (2018), section 3.1, task 1.
    """

    bert: BERT
    head: MaskedLMHead

    def __init__(self, config: BERTConfig, *, generator: Generator | None = None) -> None:
        self.config = config
        with use_generator(generator or default_generator()):
            self.bert = BERT(config, pooler=False)
            self.head = MaskedLMHead(config)

    def forward(
        self,
        tokens: Tensor,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        position_ids: Tensor | None = None,
    ) -> Tensor:
        """Logits of the token that stands at each position; arguments as `BERT`'s.

        Returns:
            (batch, time, vocabulary).
        """
        x = self.bert(tokens, attention_mask, token_type_ids, position_ids)
        return self.head(x, self.bert.token_embedding.weight)


class _Classifier(Module):
    """A linear map on top of BERT: of the pooled text, or without a pooler of each token."""

    bert: BERT
    classifier: Linear  # weight (classes, width)

    def __init__(
        self,
        config: BERTConfig,
        generator: Generator | None,
        classes: int,
        dropout: float | None = 0.0,
        pooler: bool = False,
    ) -> None:
        self.config = config
        with use_generator(generator or default_generator()):
            self.bert = BERT(config, pooler=pooler)
            self.dropout = Dropout(config.dropout if dropout is None else dropout)
            self.classifier = Linear(config.width, classes)
            initialise(self.classifier)

    def forward(
        self,
        tokens: Tensor,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        position_ids: Tensor | None = None,
    ) -> Tensor:
        """Logits of each text, (batch, classes), or of each token, (batch, time, classes).

        Arguments are those of `BERT`.
        """
        x = self.bert(tokens, attention_mask, token_type_ids, position_ids)  # (batch, time, width)
        if self.bert.pooler is not None:
            x = self.bert.pooled(x)  # (batch, width)
        return self.classifier(self.dropout(x))


class BERTForSequenceClassification(_Classifier):
    """BERT that classifies a text or a pair of texts, or with `labels=1` gives a number.

    The loss is the cross-entropy, or the squared error of the number.

    Args:
        config: the sizes; `labels` says how many classes there are.
        generator: draws the initial weights; the thread's default generator if None.

    Example:
        >>> from nt_autograd import tensor
        >>> config = BERTConfig(vocab_size=65, layers=2, heads=2, width=16, labels=3)
        >>> BERTForSequenceClassification(config)(tensor([[1, 2, 3]])).shape
        (1, 3)

    Source: Devlin et al. (2018), section 4.1.
    """

    def __init__(self, config: BERTConfig, *, generator: Generator | None = None) -> None:
        super().__init__(config, generator, config.labels, config.classifier_dropout, pooler=True)


class BERTForNextSentencePrediction(_Classifier):
    """BERT that says whether its second sentence follows the first: class 0, or 1 if it does not.

    The loss is the cross-entropy.

    Args:
        config: the sizes.
        generator: draws the initial weights; the thread's default generator if None.

    Example:
        >>> from nt_autograd import tensor
        >>> model = BERTForNextSentencePrediction(BERTConfig(65, layers=2, heads=2, width=16))
        >>> model(tensor([[1, 2, 3]]), token_type_ids=tensor([[0, 0, 1]])).shape
        (1, 2)

    Source: Devlin et al. (2018), section 3.1, task 2.
    """

    def __init__(self, config: BERTConfig, *, generator: Generator | None = None) -> None:
        super().__init__(config, generator, 2, pooler=True)


class BERTForPreTraining(Module):
    """BERT with both heads that it is pre-trained with.

    Args:
        config: the sizes.
        generator: draws the initial weights; the thread's default generator if None.

    Example:
        >>> from nt_autograd import tensor
        >>> model = BERTForPreTraining(BERTConfig(vocab_size=65, layers=2, heads=2, width=16))
        >>> words, sentence = model(tensor([[1, 2, 3]]), token_type_ids=tensor([[0, 0, 1]]))
        >>> words.shape, sentence.shape
        ((1, 3, 65), (1, 2))
        >>> loss = model.loss(words, sentence, tensor([[-100, 7, -100]]), tensor([1]))

    Source: Devlin et al. (2018), section 3.1.
    """

    bert: BERT
    head: MaskedLMHead
    classifier: Linear  # weight (2, width)

    def __init__(self, config: BERTConfig, *, generator: Generator | None = None) -> None:
        self.config = config
        with use_generator(generator or default_generator()):
            self.bert = BERT(config)
            self.head = MaskedLMHead(config)
            self.classifier = Linear(config.width, 2)
            initialise(self.classifier)

    def forward(
        self,
        tokens: Tensor,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        position_ids: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Logits of each token, (batch, time, vocabulary), and of the pair, (batch, 2)."""
        x = self.bert(tokens, attention_mask, token_type_ids, position_ids)
        words = self.head(x, self.bert.token_embedding.weight)
        return words, self.classifier(self.bert.pooled(x))

    @staticmethod
    def loss(words: Tensor, sentence: Tensor, labels: Tensor, next_sentence: Tensor) -> Tensor:
        """The sum of both cross-entropies.

        Args:
            words: (batch, time, vocabulary), the first of what `forward` gives.
            sentence: (batch, 2), the second.
            labels: (batch, time), the token where one was masked, -100 elsewhere.
            next_sentence: (batch,), 0 where the second sentence follows the first, else 1.
        """
        of_words: Tensor = cross_entropy(words.transpose(1, 2), labels)
        of_sentence: Tensor = cross_entropy(sentence, next_sentence)
        return of_words + of_sentence


class BERTForTokenClassification(_Classifier):
    """BERT that classifies each token: names, parts of speech.

    The loss is the cross-entropy, padding being labelled -100.

    Args:
        config: the sizes; `labels` says how many classes there are.
        generator: draws the initial weights; the thread's default generator if None.

    Example:
        >>> from nt_autograd import cross_entropy, tensor
        >>> config = BERTConfig(vocab_size=65, layers=2, heads=2, width=16, labels=5)
        >>> logits = BERTForTokenClassification(config)(tensor([[1, 2, 3]]))
        >>> logits.shape
        (1, 3, 5)
        >>> loss = cross_entropy(logits.transpose(1, 2), tensor([[4, 0, -100]]))

    Source: Devlin et al. (2018), section 5.3.
    """

    def __init__(self, config: BERTConfig, *, generator: Generator | None = None) -> None:
        super().__init__(config, generator, config.labels, config.classifier_dropout)


class BERTForQuestionAnswering(_Classifier):
    """BERT that marks the answer to a question in the text behind it.

    Its logits (batch, time, 2) say of each token how well the answer begins, and ends, there. The
    loss is the mean of both cross-entropies over the text, which is the cross-entropy with the
    places (batch, 2) as targets.

    Args:
        config: the sizes.
        generator: draws the initial weights; the thread's default generator if None.

    Example:
        >>> from nt_autograd import cross_entropy, tensor
        >>> model = BERTForQuestionAnswering(BERTConfig(65, layers=2, heads=2, width=16))
        >>> logits = model(tensor([[1, 2, 3, 4]]), token_type_ids=tensor([[0, 0, 1, 1]]))
        >>> start, end = logits[..., 0], logits[..., 1]  # (batch, time) each
        >>> loss = cross_entropy(logits, tensor([[2, 3]]))

    Source: Devlin et al. (2018), section 4.2.
    """

    def __init__(self, config: BERTConfig, *, generator: Generator | None = None) -> None:
        super().__init__(config, generator, 2)
