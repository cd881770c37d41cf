"""Metrics of next-word prediction, and the trigram that a model has to beat.

Every token of the held-out texts is predicted from what stands before it. A model proposes words that a user can
read: never padding, unknown or begin. So a token outside the vocabulary is always a miss, for the model as for the
trigram.
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
class Guessed:
    """How a model did on texts.

    Attributes:
        first: tokens that it held likeliest.
        third: tokens among its three likeliest.
        log_p: sum of ln of the tokens' probabilities.
        tokens: how many there were.
    """

    first: int
    third: int
    log_p: float
    tokens: int


def top1(guessed: Guessed) -> float:
    """Share of tokens that the model held likeliest."""
    return guessed.first / guessed.tokens


def top3(guessed: Guessed) -> float:
    """Share of tokens among the model's three likeliest."""
    return guessed.third / guessed.tokens


def perplexity(guessed: Guessed) -> float:
    """Exp of the mean cross-entropy in nats; unknown words count as the token `<unk>`."""
    return float(np.exp(-guessed.log_p / guessed.tokens))


METRICS = (
    Metric("top3", top3, "share of words that are among the three proposed"),
    Metric("top1", top1, "share of words that are proposed first"),
    Metric("perplexity", perplexity, "among how many equally likely words the model has to guess", less_is_better=True),
    Metric("tokens", lambda guessed: guessed.tokens, "words that were guessed", counts=True),
)


def guess(part: Texts, window: int, predictor: Predictor, progress: Progress) -> Guessed:
    """Lets the model guess every token of the texts.

    Windows overlap by half: but for a text's first words, every token has at least half a window before it.

    Args:
        part: the texts.
        window: tokens of context at most.
        predictor: the model as a function on batches.
        progress: hears about it.
    """
    examples = next_token_windows(part.corpus, window, max(1, window // 2))
    first, third, log_p, count = 0, 0, 0.0, 0
    order = np.argsort(examples.lengths, kind="stable")
    with progress.bar("scoring", len(order), "windows") as advance:
        for start in range(0, len(order), _BATCH):
            x, y, scored = examples.take(order[start : start + _BATCH])
            chosen = scored > 0
            probabilities, target = np.asarray(predictor(x))[chosen], y[chosen]
            log_p += float(np.log(np.maximum(probabilities[np.arange(len(target)), target], 1e-12)).sum())
            better = rank(probabilities, target)
            first, third, count = first + int((better < 1).sum()), third + int((better < 3).sum()), count + len(target)
            advance(len(x))
    return Guessed(first, third, log_p, count)


def rank(probabilities: np.ndarray, target: np.ndarray) -> np.ndarray:
    """How many proposable words are likelier than the target; more than any vocabulary if it cannot be proposed.

    Args:
        probabilities: (tokens, vocabulary).
        target: (tokens,) ids.
    """
    of_target = probabilities[np.arange(len(target)), target][:, None]
    better = (probabilities > of_target).sum(1) - (probabilities[:, NEVER] > of_target).sum(1)
    return np.where(np.isin(target, NEVER), probabilities.shape[1], better)


def trigram_baseline(train: Corpus, test: Corpus) -> dict[str, float]:
    """Top-1 and top-3 of a trigram that backs off to bigram and single words.

    Proposes the words that most often followed the last two words in training, then those that most often followed
    the last one, then the commonest words.
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
        for place in range(2, len(ids)):
            proposed: list[int] = []
            for key in ((ids[place - 2], ids[place - 1]), (ids[place - 1],), ()):
                proposed += [word for word in likeliest(key) if word not in proposed]
                if len(proposed) >= 3:
                    break
            first, third, count = first + (ids[place] == proposed[0]), third + (ids[place] in proposed[:3]), count + 1
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
