"""What a number is measured by: metrics, and the baselines that a model must beat.

Every function takes what the model says first and what is right second, as losses do.
"""

from nt_data.metrics._bleu import Bleu, bleu, sentence_bleu
from nt_data.metrics._chrf import chrf
from nt_data.metrics._class_means import NearestClassMean
from nt_data.metrics._classification import (
    accuracy,
    balanced_accuracy,
    cohen_kappa,
    confusion_matrix,
    f1,
    matthews_corrcoef,
    precision,
    recall,
)
from nt_data.metrics._kneser_ney import KneserNey, trigram_cross_entropy
from nt_data.metrics._ngram import (
    bigram_cross_entropy,
    bits_per_byte,
    perplexity,
    unigram_cross_entropy,
)
from nt_data.metrics._regression import (
    kendall,
    mean_absolute_error,
    mean_squared_error,
    pearson,
    r2,
    spearman,
)
from nt_data.metrics._retrieval import mean_rank, recall_at_k, retrieval_ranks
from nt_data.metrics._rouge import Rouge, RougeScore, mean_rouge, rouge
from nt_data.metrics._scores import average_precision, log_loss, roc_auc, top_k_accuracy
from nt_data.metrics._tokenize_13a import tokenize_13a
from nt_data.metrics._word_for_word import WordForWord

__all__ = [
    "Bleu",
    "KneserNey",
    "NearestClassMean",
    "Rouge",
    "RougeScore",
    "WordForWord",
    "accuracy",
    "average_precision",
    "balanced_accuracy",
    "bigram_cross_entropy",
    "bits_per_byte",
    "bleu",
    "chrf",
    "cohen_kappa",
    "confusion_matrix",
    "f1",
    "kendall",
    "log_loss",
    "matthews_corrcoef",
    "mean_absolute_error",
    "mean_rank",
    "mean_rouge",
    "mean_squared_error",
    "pearson",
    "perplexity",
    "precision",
    "r2",
    "recall",
    "recall_at_k",
    "retrieval_ranks",
    "roc_auc",
    "rouge",
    "sentence_bleu",
    "spearman",
    "tokenize_13a",
    "top_k_accuracy",
    "trigram_cross_entropy",
    "unigram_cross_entropy",
]
