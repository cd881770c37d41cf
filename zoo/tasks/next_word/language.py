"""Metrics of next-word prediction, and the trigram baseline.

Every token of the held-out texts is predicted from those before it. A model proposes only words that a user can read,
never the padding, unknown or begin token, so a token outside the vocabulary is always a miss, for the model as well
as for the trigram.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np

from zoo.core.predictor import Predictor
from zoo.core.progress import Progress
from zoo.inputs.text.texts import Texts
from zoo.inputs.text.tokens import BEGIN_ID, PAD_ID, UNKNOWN_ID, Corpus
from zoo.tasks.metric import Metric
from zoo.tasks.next_word.windows import next_token_windows

#: Ids that are never proposed.
NEVER = (PAD_ID, UNKNOWN_ID, BEGIN_ID)

_BATCH = 16


@dataclass(frozen=True)
class TokenCounts:
    """A model's results on the tokens of texts.

    Attributes:
        top1: number of tokens that the model ranks first.
        top3: number of tokens among the model's first three.
        log_p: sum of ln of the tokens' probabilities.
        tokens: number of all tokens.
    """

    top1: int
    top3: int
    log_p: float
    tokens: int


def top1(counts: TokenCounts) -> float:
    """Share of tokens that the model ranks first."""
    return counts.top1 / counts.tokens


def top3(counts: TokenCounts) -> float:
    """Share of tokens among the model's first three."""
    return counts.top3 / counts.tokens


def perplexity(counts: TokenCounts) -> float:
    """Exp of the mean cross-entropy in nats; unknown words count as the token `<unk>`."""
    return float(np.exp(-counts.log_p / counts.tokens))


METRICS = (
    Metric("top3", top3, "share of words that are among the three proposed"),
    Metric("top1", top1, "share of words that are proposed first"),
    Metric("perplexity", perplexity, "equivalent number of equally likely words to guess from", less_is_better=True),
    Metric("tokens", lambda counts: counts.tokens, "predicted words", counts=True),
)


def count_tokens(part: Texts, window: int, predictor: Predictor, progress: Progress) -> TokenCounts:
    """Predicts every token of the texts and counts the results.

    Windows overlap by half: except at the beginning of a text, every token has at least half a window of context.

    Args:
        part: the texts.
        window: maximum number of context tokens.
        predictor: the model as a function on batches.
        progress: shows a bar that counts windows.
    """
    examples = next_token_windows(part.corpus, window, max(1, window // 2))
    first, third, log_p, count = 0, 0, 0.0, 0
    order = np.argsort(examples.lengths, kind="stable")
    with progress.bar("scoring", len(order), "windows") as advance:
        for start in range(0, len(order), _BATCH):
            x, y, scored = examples.take(order[start : start + _BATCH])
            mask = scored > 0
            probabilities, target = np.asarray(predictor(x))[mask], y[mask]
            log_p += float(np.log(np.maximum(probabilities[np.arange(len(target)), target], 1e-12)).sum())
            ranks = rank(probabilities, target)
            first, third, count = first + int((ranks < 1).sum()), third + int((ranks < 3).sum()), count + len(target)
            advance(len(x))
    return TokenCounts(first, third, log_p, count)


def rank(probabilities: np.ndarray, target: np.ndarray) -> np.ndarray:
    """(tokens,) number of proposable words that are likelier than the target; vocabulary size if it is not proposable.

    Args:
        probabilities: (tokens, vocabulary).
        target: (tokens,) ids.
    """
    of_target = probabilities[np.arange(len(target)), target][:, None]
    better = (probabilities > of_target).sum(1) - (probabilities[:, NEVER] > of_target).sum(1)
    return np.where(np.isin(target, NEVER), probabilities.shape[1], better)


def trigram_baseline(train: Corpus, test: Corpus) -> dict[str, float]:
    """Top-1 and top-3 of a trigram that backs off to bigrams and single words.

    Proposes the words that most often followed the last two words in training, then those that most often followed
    the last one, then the most frequent words.
    """
    tables = _counts(train)
    best: dict[tuple[int, ...], list[int]] = {}

    def likeliest(key: tuple[int, ...]) -> list[int]:
        if key not in best:
            best[key] = [word for word, _ in tables[key].most_common(3)] if key in tables else []
        return best[key]

    first, third, count = 0, 0, 0
    for number in range(len(test)):
        ids = [BEGIN_ID, *test[number].tolist()]
        for position in range(2, len(ids)):
            target, proposed = ids[position], list[int]()
            for key in ((ids[position - 2], ids[position - 1]), (ids[position - 1],), ()):
                proposed += [word for word in likeliest(key) if word not in proposed]
                if len(proposed) >= 3:
                    break
            first, third, count = first + (target == proposed[0]), third + (target in proposed[:3]), count + 1
    return {"top1": first / count, "top3": third / count}


def _counts(train: Corpus) -> dict[tuple[int, ...], Counter[int]]:
    tables: dict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
    for number in range(len(train)):
        ids = [BEGIN_ID, *train[number].tolist()]
        for before, last, word in zip(ids, ids[1:], ids[2:], strict=False):
            if word not in NEVER:
                for key in ((before, last), (last,), ()):
                    tables[key][word] += 1
    return tables
