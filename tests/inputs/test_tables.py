"""The table of input kinds: every row is complete, and no other code distinguishes kinds of input."""

from string import Formatter
from typing import Any, get_args

import pytest
from naming import choosing, distinguishing, quoting

from zoo.core.manifest import Feature, RecordingInput, TextInput
from zoo.data.sources import SOURCES
from zoo.edge import inputs as device
from zoo.inputs import INPUTS, InputKind
from zoo.schema.data import FromFiles, FromSource, SplitBy
from zoo.tasks import TASKS

#: What a model of each kind reads.
READ: dict[str, Any] = {"recording": RecordingInput((Feature("level"),), 10.0), "text": TextInput(50, 20)}
#: The folder of each kind in `zoo/inputs`; the names of its files in `zoo/edge/inputs` begin with it.
FOLDERS = {"recording": "recording", "text": "text"}


@pytest.fixture(params=INPUTS)
def kind(request: pytest.FixtureRequest) -> InputKind:
    return INPUTS[request.param]


def test_the_device_table_has_the_same_kinds() -> None:
    assert list(INPUTS) == list(device.INPUTS)
    assert set(INPUTS) == set(READ) == set(FOLDERS)
    assert all(row.device is device.INPUTS[name] and row.name == name for name, row in INPUTS.items())


def test_every_kind_is_read_by_a_task_and_every_data_set_has_a_kind() -> None:
    assert set.union(*(set(task.device.reads) for task in TASKS.values())) == set(INPUTS)
    assert {source.kind for source in SOURCES.values()} <= set(INPUTS)


def test_the_recipe_sections_of_a_kind_declare_that_kind(kind: InputKind) -> None:
    assert issubclass(kind.from_source, FromSource)
    assert issubclass(kind.from_files, FromFiles)
    assert kind.from_source.kind == kind.from_files.kind == kind.name == READ[kind.name].kind
    for tag in (kind.from_source.tag, kind.from_files.tag):
        assert (tag[0], tag[-1]) == ("<", ">")


def test_tags_and_nouns_of_kinds_are_unique() -> None:
    tags = [spec.tag for row in INPUTS.values() for spec in (row.from_source, row.from_files)]
    assert len(set(tags)) == len(tags)
    assert len({row.words for row in INPUTS.values()}) == len(INPUTS)


def test_every_kind_has_a_default_split(kind: InputKind) -> None:
    for spec in (
        kind.from_source.model_construct(source="a"),
        kind.from_files.model_construct(files=("a.csv",), split_column=None),
    ):
        assert kind.default_split(spec) in get_args(SplitBy)
    assert kind.default_split(kind.from_files.model_construct(files=("a.csv",), split_column="side")) == "given"


def test_every_kind_defines_the_required_operations(kind: InputKind) -> None:
    operations = {**vars(kind.sets), **vars(kind.encoding)}
    assert {name for name, step in operations.items() if step is None} <= {"unseen", "one", "learn", "whole"}


def test_every_kind_makes_up_reproducible_self_test_inputs(kind: InputKind) -> None:
    inputs = kind.golden(READ[kind.name])
    assert inputs
    assert str(inputs) == str(kind.golden(READ[kind.name])), "the same every time"


def test_the_code_on_a_card_compiles(kind: InputKind) -> None:
    card = kind.card
    assert all((card.noun, card.argument, card.value, card.stream))
    assert {name for _, name, _, _ in Formatter().parse(card.stream) if name is not None} <= {"answer"}
    compile(f"{card.stream.format(answer='event')}\nmodel.predict({card.value}){card.comment}", "card", "exec")


def outside_kind(files: set[str], name: str) -> set[str]:
    folder = FOLDERS[name]
    return {path for path in files if not path.startswith((f"inputs/{folder}/", f"edge/inputs/{folder}"))}


@pytest.mark.parametrize("name", INPUTS)
def test_no_other_file_branches_on_the_name_of_a_kind(name: str) -> None:
    assert f"edge/inputs/{FOLDERS[name]}.py" in choosing(name)
    assert outside_kind(choosing(name), name) <= {"core/manifest.py", "core/upgrade.py"}


def test_the_former_name_of_recordings_occurs_only_where_old_manifests_are_read() -> None:
    assert quoting("sensor") == {"core/upgrade.py"}


def test_no_other_file_checks_the_kind_of_an_input() -> None:
    files = distinguishing()
    expected = tuple(f"{folder}/{name}" for name in FOLDERS.values() for folder in ("inputs", "edge/inputs"))
    assert {"edge/inputs/recording.py", "edge/inputs/text.py"} <= files
    assert not {path for path in files if not path.startswith(expected)} - {"core/manifest.py"}
