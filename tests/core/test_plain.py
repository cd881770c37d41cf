"""JSON values as frozen dataclasses: every kind of annotation, and errors that name the location of a wrong value."""

import math
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from zoo.core.errors import BundleError, InputError
from zoo.core.plain import from_plain


@dataclass(frozen=True)
class Cat:
    lives: int
    kind: Literal["cat"] = "cat"

    def __post_init__(self) -> None:
        if self.lives > 9:
            raise InputError(f"lives: expected at most 9, got {self.lives}.")


@dataclass(frozen=True)
class Dog:
    names: tuple[str, ...]
    kind: Literal["dog"] = "dog"


@dataclass(frozen=True)
class House:
    pets: tuple[Cat | Dog, ...] = ()
    owner: Cat | None = None
    rooms: dict[str, Cat] = field(default_factory=dict[str, Cat])
    sizes: dict[str, dict[str, int | float | None]] = field(default_factory=dict[str, dict[str, int | float | None]])
    rent: float | None = None
    sold: bool = False


def test_present_keys_are_read_and_missing_ones_take_their_defaults() -> None:
    assert from_plain(House, {}, "house") == House()
    plain = {
        "pets": [{"kind": "cat", "lives": 9}, {"kind": "dog", "names": ["Rex"]}],
        "owner": None,
        "rooms": {"attic": {"lives": 1}},
        "rent": 700,
        "colour": "red",
    }
    assert from_plain(House, plain, "house") == House((Cat(9), Dog(("Rex",))), None, {"attic": Cat(1)}, rent=700.0)


def test_an_int_stays_an_int_and_a_float_field_converts_it() -> None:
    house = from_plain(House, {"rent": 700, "sizes": {"attic": {"doors": 2, "height": 2.5, "age": None}}}, "house")
    assert house.sizes == {"attic": {"doors": 2, "height": 2.5, "age": None}}
    assert [type(value) for value in house.sizes["attic"].values()] == [int, float, type(None)]
    assert type(house.rent) is float


@pytest.mark.parametrize(
    ("plain", "message"),
    [
        ([], r"^house: expected an object, got \[\]\.$"),
        ({"owner": 3}, r"^house\.owner: expected an object, got 3\.$"),
        ({"owner": {}}, r"^house\.owner: expected the key 'lives', got none\.$"),
        ({"owner": {"lives": 10}}, r"^house\.owner\.lives: expected at most 9, got 10\.$"),
        ({"rooms": {"attic": {"lives": "1"}}}, r"^house\.rooms\.attic\.lives: expected a whole number, got '1'\.$"),
        ({"pets": [{"kind": "cat", "lives": 1}, {"kind": "cow"}]}, r"^house\.pets\[1\]\.kind: expected 'cat' or 'dog'"),
        ({"sizes": {"attic": 3}}, r"^house\.sizes\.attic: expected an object, got 3\.$"),
        ({"sizes": {"attic": {"age": "old"}}}, r"^house\.sizes\.attic\.age: expected a number, got 'old'\.$"),
        ({"sizes": {"attic": {"age": True}}}, r"^house\.sizes\.attic\.age: expected a number, got True\.$"),
        ({"sizes": {"attic": {"age": math.nan}}}, r"^house\.sizes\.attic\.age: expected a number, got nan\.$"),
        ({"sold": 0}, r"^house\.sold: expected true or false, got 0\.$"),
    ],
)
def test_an_error_names_the_location_of_the_wrong_value(plain: Any, message: str) -> None:
    with pytest.raises(BundleError, match=message):
        from_plain(House, plain, "house")
