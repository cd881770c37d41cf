from pathlib import Path

import numpy as np
import pytest

from zoo.core.errors import DataError
from zoo.data.records import NO_LABEL, About, TextSet
from zoo.edge.text import pad
from zoo.inputs.text.texts import clips, encode, shown, unseen
from zoo.preparing import load_data, prepare
from zoo.recipe import Recipe


def texts(rows: list[str], labels: list[int] | None = None, names: tuple[str, ...] = ()) -> TextSet:
    numbers = None if labels is None else np.asarray(labels, np.int16)
    return TextSet("made-up", rows, numbers, names, None, None, None, About("made-up", "", "", "", "", ""))


def test_pad_fills_with_the_pad_id() -> None:
    assert pad([np.asarray([5]), np.asarray([6, 7])], pad_id=9).tolist() == [[5, 9], [6, 7]]


def test_unseen_texts_are_compared_without_regard_to_white_space() -> None:
    assert unseen(texts(["a film", "a  new\nfilm", "b"]), texts(["a   film", "a new film"])).texts == ["b"]


@pytest.mark.parametrize(("keep", "part"), [("end", slice(-3, None)), ("start", slice(3))])
def test_a_long_text_keeps_the_end_that_the_recipe_names(tiny_text: Path, keep: str, part: slice) -> None:
    prepared = prepare(Recipe.load(tiny_text, ["data.max_tokens=3", f"data.keep={keep}"]))
    assert prepared.tokenizer is not None
    text = "the film was and of it"
    cut = clips(prepared, encode(texts([text, "a"], [1, 0], ("bad", "good")), prepared))
    (ids,) = prepared.tokenizer.encode_batch([text])
    assert cut.rows[0].tolist() == ids[part]
    assert (len(cut.rows[1]), cut.labels.tolist()) == (1, [1, 0])


def test_labels_of_other_texts_are_numbered_as_in_the_recipes_own_data(tiny_text: Path) -> None:
    prepared = prepare(Recipe.load(tiny_text))
    assert prepared.label_names == ("bad", "good")
    other = texts(["a", "b"], [0, 1], ("good", "bad"))
    assert encode(other, prepared).labels.tolist() == [1, 0]
    assert shown(prepared, other).labels.tolist() == [1, 0]
    assert encode(texts(["a"]), prepared).labels.tolist() == [NO_LABEL]
    with pytest.raises(DataError, match=r"^made-up: unknown label 'awful'\. Known labels: bad, good\.$"):
        encode(texts(["a"], [0], ("awful",)), prepared)


def test_the_vocabulary_is_learnt_from_the_training_texts_only(tiny_text: Path) -> None:
    recipe = Recipe.load(tiny_text, ["data.tokens.vocabulary=400"])
    prepared = prepare(recipe)
    assert prepared.tokenizer is not None
    sides = recipe.kind.sets.split(load_data(recipe), recipe.data.split)
    ids = {side: encode(part, prepared).corpus.ids for side, part in sides.items()}
    assert 1 not in ids["train"]
    assert all(1 in ids[side] for side in ("validation", "test")), "words of the other splits are unknown"
