"""Models and calls that easily mislead an exporter."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers as kl
from keras import ops

from zoo.core.errors import ExportError
from zoo.exporter import to_onnx
from zoo.exporter.lowering import Lowered, lower
from zoo.exporter.parity import verify


class Positions(kl.Layer):
    """Reads a size that may be free, and counts up to it."""

    def __init__(self) -> None:
        super().__init__()
        self.table = kl.Embedding(600, 4)

    def build(self, shape: tuple[int | None, ...]) -> None:
        self.table.build(())

    def call(self, x: Any) -> Any:
        return x + self.table(ops.arange(start=0, stop=ops.shape(x)[1], step=1))


class Optional(keras.Model):
    def __init__(self) -> None:
        super().__init__(name="optional")
        self.recurrent = kl.LSTM(4)

    def call(self, x: Any, more: Any = None, training: bool = False) -> Any:
        y = self.recurrent(x)
        return y if more is None else y + more


class Counting(kl.Layer):
    def build(self, shape: tuple[int | None, ...]) -> None:
        self.calls = self.add_weight(name="calls", initializer="zeros", trainable=False)

    def call(self, x: Any) -> Any:
        self.calls.assign_add(1.0)
        return x * 2.0


def ids(name: str) -> Any:
    return keras.Input((None,), dtype="int32", name=name)


def embedded(x: Any) -> Any:
    return kl.Embedding(11, 8, mask_zero=True)(x)


def decoder() -> keras.Model:
    """Keras's attention removes the masks of its inputs, so the second block gets none."""
    x, y = ids("x"), ids("y")
    target, source = embedded(x), embedded(y)
    for _ in range(2):
        target = kl.LayerNormalization()(target + kl.MultiHeadAttention(2, 4)(target, source))
    return keras.Model([x, y], target)


def two_heads_on_one_tensor() -> keras.Model:
    x = ids("x")
    e = embedded(x)
    return keras.Model(x, [kl.MultiHeadAttention(2, 4)(e, e), kl.MultiHeadAttention(2, 4)(e, e)])


def attention_then_pooling() -> keras.Model:
    x = ids("x")
    e = embedded(x)
    y = kl.MultiHeadAttention(2, 4)(e, e)
    return keras.Model(x, kl.GlobalAveragePooling1D()(kl.Add()([e, y])))


def halved_and_doubled() -> keras.Model:
    """Accepts even lengths only."""
    x = keras.Input((None, 3), name="x")
    return keras.Model(x, kl.Concatenate()([x, kl.UpSampling1D(2)(kl.AveragePooling1D(2)(x))]))


def whole_numbers() -> keras.Model:
    x = keras.Input((None, 3), dtype="int32", name="x")
    return keras.Model(x, kl.Bidirectional(kl.LSTM(4))(x))


def clash() -> keras.Model:
    x = keras.Input((5, 3), batch_size=2, name="state.l.h")
    return keras.Model(x, kl.GRU(4, stateful=True, name="l")(x))


def positions() -> keras.Model:
    x = keras.Input((None, 4), name="x")
    return keras.Model(x, Positions()(x))


@pytest.mark.parametrize(
    "build",
    [
        decoder,
        two_heads_on_one_tensor,
        attention_then_pooling,
        halved_and_doubled,
        whole_numbers,
        clash,
        positions,
    ],
)
def test_the_file_agrees_with_keras(build: Callable[[], keras.Model]) -> None:
    lowered = lower(build())
    assert verify(lowered).largest_absolute <= 1e-5


def test_a_layer_that_counts_up_to_a_free_size_is_not_taken_apart() -> None:
    assert [way.title.split(" ")[0] for way in lower(positions()).foreign] == ["layer"]


def names(lowered: Lowered) -> list[str]:
    return [info.name for info in lowered.proto.graph.input]


def test_an_optional_argument_is_not_lost() -> None:
    model = Optional()
    model(np.ones((2, 5, 3), np.float32), np.ones((2, 4), np.float32))
    with pytest.raises(
        ExportError, match=r"^model 'optional' \(Optional\): expected known inputs, got .*\. Give inputs="
    ):
        lower(model)
    inputs = {"x": keras.Input((None, 3), name="x"), "more": keras.Input((4,), name="more")}
    assert names(lower(model, inputs=inputs)) == ["more", "x"]  # as Keras orders a dict


def test_changes_that_a_layer_makes_when_called_are_undone() -> None:
    model = keras.Sequential([keras.Input((3,)), Counting()])
    before = float(ops.convert_to_numpy(model.weights[0]))
    with contextlib.suppress(ExportError):
        to_onnx(model)
    assert float(ops.convert_to_numpy(model.weights[0])) == before


def test_none_as_an_output_is_refused() -> None:
    class Nothing(keras.Model):
        def call(self, x: Any) -> Any:
            return x * 2.0, None

    model = Nothing()
    model(np.ones((2, 3), np.float32))
    with pytest.raises(ExportError, match=r"^model: expected tensors as outputs, got None among them\."):
        lower(model)


class TestCalls:
    @pytest.fixture
    def model(self) -> keras.Model:
        return keras.Sequential([keras.Input((3,)), kl.Dense(2)])

    @pytest.mark.parametrize("opset", ["17", 17.0, [17]])
    def test_an_opset_that_is_no_number_is_refused(self, model: keras.Model, opset: Any) -> None:
        with pytest.raises(ExportError, match=r"^opset: expected a whole number, got "):
            to_onnx(model, opset=opset)

    @pytest.mark.parametrize("path", [3, b"x", "x\0y"])
    def test_a_path_of_another_type_is_refused(self, model: keras.Model, path: Any) -> None:
        with pytest.raises(ExportError, match=r"^path: expected a path, got "):
            to_onnx(model, path)

    @pytest.mark.parametrize("metadata", [{"a": 1}, {1: "b"}, 3])
    def test_metadata_other_than_strings_is_refused(self, model: keras.Model, metadata: Any) -> None:
        with pytest.raises(ExportError, match=r"^metadata: expected a mapping of strings to strings"):
            to_onnx(model, metadata=metadata)

    @pytest.mark.parametrize("inputs", [keras.Input((4, 4, 4)), [keras.Input((3,)), keras.Input((3,))]])
    def test_inputs_that_do_not_fit_are_refused(self, inputs: Any) -> None:
        with pytest.raises(ExportError, match=r"cannot be called on inputs=: "):
            lower(keras.Sequential([kl.GRU(4)]), inputs=inputs)

    def test_a_link_is_followed(self, model: keras.Model, tmp_path: Path) -> None:
        (tmp_path / "link.onnx").symlink_to(tmp_path / "file.onnx")
        to_onnx(model, tmp_path / "link.onnx")
        assert (tmp_path / "link.onnx").is_symlink()
        assert (tmp_path / "file.onnx").stat().st_size > 0

    def test_the_home_folder_is_expanded(
        self, model: keras.Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HOME", str(tmp_path))
        to_onnx(model, "~/mine.onnx")
        assert (tmp_path / "mine.onnx").exists()

    def test_a_device_is_not_replaced(self, model: keras.Model) -> None:
        with pytest.raises(
            ExportError, match=r"^/dev/null: expected a regular file or a new one, got something else\."
        ):
            to_onnx(model, "/dev/null")
