"""Fixtures over the table of models."""

from collections.abc import Callable

import keras
import pytest
from model_cases import CASES, randomised, sensor, text


@pytest.fixture(autouse=True)
def fresh_names() -> None:
    """Resets Keras's layer numbers, which otherwise count through the complete process."""
    keras.backend.clear_session(free_memory=False)


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest, fresh_names: None) -> keras.Model:
    """Each model of the table in turn, with random weights."""
    return randomised(CASES[request.param]())


@pytest.fixture
def make(fresh_names: None) -> Callable[[str], keras.Model]:
    """A model of the table by its name, with random weights."""
    return lambda name, seed=0: randomised(CASES[name](), seed)


@pytest.fixture
def make_sensor() -> Callable[..., keras.Model]:
    return sensor


@pytest.fixture
def make_text() -> Callable[..., keras.Model]:
    return text
