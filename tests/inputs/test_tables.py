"""The table of input kinds: every row is whole, and nothing else asks of what kind an input is."""

from string import Formatter
from typing import Any, get_args

import pytest
from naming import asking, quoting, telling_apart

from zoo.core.manifest import Feature, RecordingInput, TextInput
from zoo.data.sources import SOURCES
from zoo.edge import inputs as device
from zoo.inputs import INPUTS, InputKind
from zoo.schema.data import FromFiles, FromSource, SplitBy
from zoo.tasks import TASKS

#: What a model of each kind reads.
READ: dict[str, Any] = {"recording": RecordingInput((Feature("level"),), 10.0), "text": TextInput(50, 20)}
#: The folder of each kind, in `zoo/inputs`; in `zoo/edge/inputs` its files begin so.
FOLDERS = {"recording": "recording", "text": "text"}


@pytest.fixture(params=INPUTS)
def kind(request: pytest.FixtureRequest) -> InputKind:
    return INPUTS[request.param]


def test_a_device_knows_the_same_kinds() -> None:
    assert list(INPUTS) == list(device.INPUTS)
    assert set(INPUTS) == set(READ) == set(FOLDERS)
    assert all(row.device is device.INPUTS[name] and row.name == name for name, row in INPUTS.items())


def test_every_kind_is_read_by_a_task_and_every_data_set_is_of_a_kind() -> None:
    assert set.union(*(set(task.device.reads) for task in TASKS.values())) == set(INPUTS)
    assert {source.kind for source in SOURCES.values()} <= set(INPUTS)


def test_what_a_recipe_says_of_data_is_of_their_kind(kind: InputKind) -> None:
    assert issubclass(kind.from_source, FromSource)
    assert issubclass(kind.from_files, FromFiles)
    assert kind.from_source.kind == kind.from_files.kind == kind.name == READ[kind.name].kind
    for tag in (kind.from_source.tag, kind.from_files.tag):
        assert (tag[0], tag[-1]) == ("<", ">")


def test_data_are_told_apart_by_different_tags_and_words() -> None:
    tags = [spec.tag for row in INPUTS.values() for spec in (row.from_source, row.from_files)]
    assert len(set(tags)) == len(tags)
    assert len({row.words for row in INPUTS.values()}) == len(INPUTS)


def test_there_is_a_split_where_a_recipe_names_none(kind: InputKind) -> None:
    for spec in (
        kind.from_source.model_construct(source="a"),
        kind.from_files.model_construct(files=("a.csv",), split_column=None),
    ):
        assert kind.default_split(spec) in get_args(SplitBy)
    assert kind.default_split(kind.from_files.model_construct(files=("a.csv",), split_column="side")) == "given"


def test_all_that_is_done_with_data_is_there(kind: InputKind) -> None:
    done = {**vars(kind.sets), **vars(kind.encoding)}
    assert {name for name, step in done.items() if step is None} <= {"unseen", "one", "learn", "whole"}


def test_a_bundle_has_made_up_inputs_to_test_itself_with(kind: InputKind) -> None:
    made = kind.golden(READ[kind.name])
    assert made
    assert str(made) == str(kind.golden(READ[kind.name])), "the same every time"


def test_a_card_tells_how_an_input_is_given(kind: InputKind) -> None:
    card = kind.card
    assert all((card.noun, card.argument, card.value, card.stream))
    assert {name for _, name, _, _ in Formatter().parse(card.stream) if name is not None} <= {"answer"}
    compile(f"{card.stream.format(answer='event')}\nmodel.predict({card.value}){card.comment}", "card", "exec")


def foreign(files: set[str], name: str) -> set[str]:
    own = FOLDERS[name]
    return {path for path in files if not path.startswith((f"inputs/{own}/", f"edge/inputs/{own}"))}


@pytest.mark.parametrize("name", INPUTS)
def test_no_other_file_chooses_by_the_name_of_a_kind(name: str) -> None:
    assert f"edge/inputs/{FOLDERS[name]}.py" in asking(name)
    assert foreign(asking(name), name) <= {"core/manifest.py", "core/upgrade.py"}


def test_what_recordings_were_called_is_known_where_old_manifests_are_read() -> None:
    assert quoting("sensor") == {"core/upgrade.py"}


def test_no_other_file_asks_of_what_kind_an_input_is() -> None:
    asked = telling_apart()
    own = tuple(f"{folder}/{name}" for name in FOLDERS.values() for folder in ("inputs", "edge/inputs"))
    assert {"edge/inputs/recording.py", "edge/inputs/text.py"} <= asked
    assert not {path for path in asked if not path.startswith(own)} - {"core/manifest.py"}
