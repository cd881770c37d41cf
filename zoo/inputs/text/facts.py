"""The contents of a data set of texts, for a person."""

from collections import Counter
from typing import Any

import numpy as np

from zoo.data.records import NO_LABEL, TextSet


def facts(data: TextSet) -> dict[str, Any]:
    """The contents of a data set, with counts."""
    lengths = [len(text.split()) for text in data.texts]
    labels = [] if data.labels is None else data.labels.tolist()
    counts = Counter(data.label_names[label] for label in labels if label != NO_LABEL)
    return {
        "texts": len(data.texts),
        "words": sum(lengths),
        "median words": int(np.median(lengths)) if lengths else 0,
        "labels": dict(sorted(counts.items())),
        "splits": dict(sorted(Counter(data.splits or ()).items())),
        "parts": dict(sorted(Counter(data.parts or ()).items())),
    }
