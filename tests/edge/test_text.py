import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Regex, models, pre_tokenizers
from tokenizers import Tokenizer as Inner

from zoo.core.errors import BundleError, InputError
from zoo.core.manifest import TextInput
from zoo.edge import text
from zoo.edge.text import Tokenizer, attach_marks, pad

WORDS = ("<pad>", "<unk>", "<s>", "thank", "you", "very", "much")


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    inner = Inner(models.WordLevel({word: id_ for id_, word in enumerate(WORDS)}, unk_token="<unk>"))
    inner.add_special_tokens(list(WORDS[:3]))
    inner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    inner.enable_truncation(2)
    inner.enable_padding(length=9)
    return Tokenizer.from_json(inner.to_str())


def test_texts_are_converted_to_ids_and_back(tokenizer):
    assert tokenizer.vocabulary == len(WORDS)
    assert tokenizer.encode("thank you very muchly") == [3, 4, 5, 1]
    assert tokenizer.encode_batch(["you", "thank you"]) == [[4], [3, 4]]
    assert tokenizer.token(6) == "much"
    assert tokenizer.decode([3, 4]) == "thank you"
    assert Tokenizer.from_json(tokenizer.to_json()).encode("very much") == [5, 6]


@pytest.mark.parametrize("id_", [-1, 7, 10**6])
def test_an_id_outside_the_vocabulary_is_refused(tokenizer, id_):
    with pytest.raises(InputError, match=rf"token id: expected 0 to 6, got {id_}\."):
        tokenizer.token(id_)


@pytest.mark.parametrize("broken", ["", "{}", '{"model": 3}', "cos\nsystem\n(S'true'\ntR."])
def test_text_that_is_not_a_tokeniser_is_refused(broken):
    with pytest.raises(BundleError, match=r"model\.onnx: expected a tokeniser's JSON, got text that does not parse: "):
        Tokenizer.from_json(broken, "model.onnx")


@pytest.mark.parametrize(
    ("keep", "begin_id", "expected"),
    [
        ("end", None, [4, 5, 6]),
        ("start", None, [3, 4, 5]),
        ("end", 2, [4, 5, 6]),
        ("start", 2, [2, 3, 4]),
    ],
)
def test_a_long_text_is_cut_at_the_end_that_is_not_kept(tokenizer, keep, begin_id, expected):
    spec = TextInput(len(WORDS), 3, keep, begin_id=begin_id)
    assert text.rows(tokenizer, ["thank you very much"], spec) == [expected]


@pytest.mark.parametrize("keep", ["start", "end"])
def test_a_short_text_keeps_its_begin_token(tokenizer, keep):
    spec = TextInput(len(WORDS), 3, keep, begin_id=2)
    assert text.rows(tokenizer, ["you", "very much", ""], spec) == [[2, 4], [2, 5, 6], [2]]


def test_a_typed_reserved_token_is_an_unknown_word(tokenizer):
    spec = TextInput(len(WORDS), 5, begin_id=2)
    assert text.rows(tokenizer, ["thank <pad> <s> you"], spec) == [[2, 3, 1, 1, 4]]


def test_a_typed_special_token_is_read_as_ordinary_text():
    inner = Inner(models.WordLevel({"<pad>": 0, "<unk>": 1, "pad": 2}, unk_token="<unk>"))
    inner.add_special_tokens(["<pad>", "<unk>"])
    inner.pre_tokenizer = pre_tokenizers.Split(Regex(r"\w+"), behavior="removed", invert=True)
    assert Tokenizer.from_json(inner.to_str()).encode("<pad>") == [2]


@given(st.text(), st.integers(1, 6), st.sampled_from(["start", "end"]), st.sampled_from([None, 2]))
def test_no_text_gives_padding_or_too_many_ids(tokenizer, given_text, max_tokens, keep, begin_id):
    spec = TextInput(len(WORDS), max_tokens, keep, begin_id=begin_id)
    (row,) = text.rows(tokenizer, [given_text], spec)
    assert len(row) <= max_tokens
    assert 0 not in row
    assert 2 not in row[1:]


def test_rows_are_padded_on_the_right():
    padded = pad([[3, 4, 5], [6], []], 9)
    np.testing.assert_array_equal(padded, [[3, 4, 5], [6, 9, 9], [9, 9, 9]])
    assert padded.dtype == np.int32
    assert pad([], 0).shape == (0, 0)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (3, r"text: expected a text, got int\."),
        (b"bytes", r"text: expected a text, got bytes\."),
        (None, r"text: expected a text, got NoneType\."),
        ("", r"text: expected words, got an empty text\."),
        (" \n\t", r"text: expected words, got an empty text\."),
    ],
)
def test_values_that_are_not_texts_are_refused(value, message):
    with pytest.raises(InputError, match=message):
        text.checked_text(value)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("well , yes . no", "well, yes. no"),
        ("what ? !", "what?!"),
        ("3 .5 stays", "3 .5 stays"),
        ("nothing to do", "nothing to do"),
    ],
)
def test_marks_are_attached_to_their_words(written, expected):
    assert attach_marks(written) == expected
