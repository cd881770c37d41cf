import pytest

from zoo.schema.training import EarlyStopping, Plateau, Training
from zoo.training.schedule import Epoch, best_epoch, learning_rate, should_stop


def epochs(*values: float) -> list[Epoch]:
    return [{"loss": value, "val_loss": value} for value in values]


def test_a_constant_rate_does_not_change() -> None:
    training = Training(learning_rate=0.25)
    assert [learning_rate(training, epochs(*[1.0] * n)) for n in range(3)] == [0.25, 0.25, 0.25]


def test_cosine_falls_from_the_full_rate_towards_zero() -> None:
    training = Training(learning_rate=1.0, epochs=4, schedule="cosine")
    rates = [learning_rate(training, epochs(*[1.0] * n)) for n in range(4)]
    assert rates == pytest.approx([1.0, 0.853553, 0.5, 0.146447], abs=1e-6)


def test_plateau_lowers_the_rate_after_patience_epochs_without_a_new_best() -> None:
    training = Training(learning_rate=1.0, schedule=Plateau(factor=0.1, patience=2))
    assert learning_rate(training, epochs(3, 2, 2.5)) == 1.0
    assert learning_rate(training, epochs(3, 2, 2.5, 2.1)) == pytest.approx(0.1)
    assert learning_rate(training, epochs(3, 2, 2.5, 2.1, 2.2)) == pytest.approx(0.1)
    assert learning_rate(training, epochs(3, 2, 2.5, 2.1, 2.2, 2.0)) == pytest.approx(0.01)
    assert learning_rate(training, epochs(3, 2, 2.5, 2.1, 1.0, 0.5)) == pytest.approx(0.1)


def test_the_best_epoch_is_the_first_of_equally_good_ones() -> None:
    training = Training()
    assert best_epoch(training, []) is None
    assert best_epoch(training, epochs(3, 1, 1, 2)) == 1


def test_training_stops_after_all_epochs_or_when_patience_is_exhausted() -> None:
    training = Training(epochs=5, early_stopping=EarlyStopping(patience=2))
    assert not should_stop(training, epochs(3, 2, 2.5))
    assert should_stop(training, epochs(3, 2, 2.5, 2.6))
    assert should_stop(training, epochs(5, 4, 3, 2, 1))
    assert not should_stop(Training(epochs=5), epochs(3, 2, 2.5, 2.6))
