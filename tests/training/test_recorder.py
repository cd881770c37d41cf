"""The files that are written during training."""

from pathlib import Path

import keras
import pytest

from zoo.core.errors import RunError
from zoo.rundir import Run
from zoo.training import checkpoint
from zoo.training.recorder import save_model


def test_a_model_that_cannot_be_saved_keeps_the_previous_file(tmp_path: Path) -> None:
    target = tmp_path / "model.keras"
    target.write_bytes(b"before")

    class Full(keras.Sequential):
        def save(self, filepath: Path, **options: object) -> None:
            Path(filepath).write_bytes(b"half")
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match=r"No space left on device: '.*/model\.keras'"):
        save_model(Full(), target)
    assert target.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [target]


def test_saving_a_model_leaves_no_other_file(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    save_model(model, tmp_path / "model.keras")
    assert [path.name for path in tmp_path.iterdir()] == ["model.keras"]
    assert keras.models.load_model(tmp_path / "model.keras").count_params() == 8


@pytest.mark.parametrize("content", [b"", b"junk", b"PK\x03\x04junk"])
def test_a_damaged_checkpoint_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "last.npz"
    path.write_bytes(content)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.compile()
    with pytest.raises(RunError, match=r"last\.npz: the checkpoint is damaged: .*\. Start a new run\."):
        checkpoint.restore(path, model)


def test_damaged_metrics_are_refused(tmp_path: Path) -> None:
    (tmp_path / "metrics.json").write_bytes(b"\x87{")
    with pytest.raises(RunError, match=r"metrics\.json: expected JSON, got a damaged file\. Train again\."):
        _ = Run(tmp_path).metrics
