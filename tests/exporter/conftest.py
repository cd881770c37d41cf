"""Fixtures over the table of models."""

from collections.abc import Callable

import keras
import pytest
from model_cases import CASES, randomised, sensor, text


@pytest.fixture(autouse=True)
def fresh_names() -> None:
    """Keras numbers its layers through the whole process; each test starts at the first."""
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
