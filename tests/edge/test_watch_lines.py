"""Every line of a live sensor is a sample, or is counted and reported."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo.core.errors import DataError
from zoo.edge.watch.inbox import Batch
from zoo.edge.watch.lines import LONGEST, Lines, Splitter, Wanted

NAMES = ("acc_x", "gyro_x")
NAN = math.nan


def read(text: str | bytes, **options: Any) -> Batch:
    data = text.encode() if isinstance(text, str) else text
    return Lines(Wanted(NAMES, **options), "pipe").read(data.split(b"\n"))


@pytest.mark.parametrize(
    ("text", "options", "values", "times"),
    [
        ("1,2\n3,4", {}, [[1, 2], [3, 4]], None),
        ("0.5,1,2\n0.6,3,4", {}, [[1, 2], [3, 4]], [0.5, 0.6]),
        ("0.5,1,2", {"timed": False}, [[1, 2]], None),
        ("acc_x,gyro_x\n1,2", {}, [[1, 2]], None),
        ("gyro_x,note,acc_x,time_s\n2,here,1,0.5", {}, [[1, 2]], [0.5]),
        ("gyro_x;timestamp;acc_x\r\n2;7;1\r", {}, [[1, 2]], [7]),
        ("acc_x\tgyro_x\tat\n1\t2\t9", {"time_column": "at"}, [[1, 2]], [9]),
        ("acc_x\tgyro_x\ttime\n1\t2\t9", {"timed": False}, [[1, 2]], None),
        ("\ufeffacc_x,gyro_x\n1,2", {}, [[1, 2]], None),
        ('"acc_x","gyro_x"\n"1","2"', {}, [[1, 2]], None),
        ("acc_x,gyro_x\n,2\nnan,NaN\n 1 , ", {}, [[NAN, 2], [NAN, NAN], [1, NAN]], None),
        ("1,inf\n1e400,-2", {}, [[1, math.inf], [math.inf, -2]], None),
        ("acc_x,gyro_x\n1,2\nacc_x,gyro_x\n3,4\ngyro_x,acc_x\n6,5", {}, [[1, 2], [3, 4], [5, 6]], None),
        ("\n1,2\n\n  \n3,4\n", {}, [[1, 2], [3, 4]], None),
        ('{"acc_x": 1, "gyro_x": 2, "more": "x"}', {}, [[1, 2]], None),
        ('{"gyro_x": 2, "time": 3}\n{"acc_x": null, "time": 4}', {}, [[NAN, 2], [NAN, NAN]], [3, 4]),
        ('{"acc_x": 1, "gyro_x": 2, "t": 3}', {"time_column": "t"}, [[1, 2]], [3]),
        ('{"acc_x": NaN, "gyro_x": 1e999}', {}, [[NAN, math.inf]], None),
        ("[1, 2]\n[null, 4]", {}, [[1, 2], [NAN, 4]], None),
        ("[0.5, 1, 2]", {}, [[1, 2]], [0.5]),
        ("[0.5, 1, 2]", {"timed": False}, [[1, 2]], None),
        ("", {}, np.zeros((0, 2)), None),
    ],
)
def test_csv_and_json_lines_are_read_as_samples(
    text: str, options: dict[str, Any], values: Any, times: list[float] | None
) -> None:
    batch = read(text, **options)
    np.testing.assert_array_equal(batch.values, values)
    assert (batch.times is None) == (times is None)
    if times is not None:
        np.testing.assert_array_equal(batch.times, times)
    assert (batch.unreadable, batch.complaint) == (0, "")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"1", "expected 2 cells, got 1: '1'"),
        (b"1,2,3", "expected 2 cells, got 3: '1,2,3'"),
        (b"1,2x", "expected numbers: '1,2x'"),
        (b"1,1_000", "expected numbers: '1,1_000'"),
        (b"1,\xff\xfe", "expected numbers: "),
        (b"1,\x00", "expected numbers: "),
        (b'1,"2', None),
        (b"0,0" * (LONGEST // 3 + 1), "expected at most 64 kB per line, got more: '0,00,0"),
        (b'{"acc_x": 1, "gyro_x": 2}', "expected numbers: '{"),
    ],
)
def test_an_unreadable_csv_line_is_reported_and_skipped(line: bytes, reason: str | None) -> None:
    lines = Lines(Wanted(NAMES), "pipe")
    lines.read([b"acc_x,gyro_x", b"1,2"])
    batch = lines.read([line, b"3,4"])
    if reason is None:  # an unclosed quote: the cell is the text after it
        assert batch.unreadable == 0
        return
    np.testing.assert_array_equal(batch.values, [[3, 4]])
    assert batch.unreadable == 1
    assert batch.complaint.startswith(f"pipe:3: {reason}")
    assert batch.complaint.endswith("Skipped.")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"acc_x": 1', "not JSON: "),
        (b'{"acc_x": "1", "gyro_x": 2}', "expected numbers: "),
        (b'{"acc_x": true, "gyro_x": 2}', "expected numbers: "),
        (b'{"status": "ok"}', "expected the keys acc_x, gyro_x: "),
        (b"[1]", "expected 2 numbers, or 3 with the time first, got 1: "),
        (b"[[1, 2]]", "expected numbers: "),
        (b"3", "expected an object or a list of numbers: "),
        (b'{"acc_x": "\xff"}', "not JSON: "),
        (b"[" * 50_000, "not JSON: "),
        (b'{"acc_x": 1, "gyro_x": 2, "time": 4}', "expected a sample without a time, like those before: "),
        (b'{"acc_x": 1, "gyro_x": 2, "time": null}', "expected a sample without a time, like those before: "),
    ],
)
def test_an_unreadable_json_line_is_reported_and_skipped(line: bytes, reason: str) -> None:
    lines = Lines(Wanted(NAMES), "pipe")
    lines.read([b"[1, 2]"])
    batch = lines.read([line, b"[3, 4]"])
    np.testing.assert_array_equal(batch.values, [[3, 4]])
    assert batch.complaint.startswith(f"pipe:2: {reason}")


@pytest.mark.parametrize(
    "first", [b"0.12", b"\xff\x00", b"5, 7, 8, 9", b'0.5, "gyro_x": 2}', b'{"acc_x":', b"Booting v1"]
)
@pytest.mark.parametrize("rest", [[b"1,2", b"3,4"], [b"acc_x,gyro_x", b"1,2", b"3,4"], [b"[1,2]", b"[3,4]"]])
def test_a_truncated_first_line_does_not_determine_the_format(first: bytes, rest: list[bytes]) -> None:
    batch = Lines(Wanted(NAMES), "pipe").read([first, *rest])
    np.testing.assert_array_equal(batch.values, [[1, 2], [3, 4]])
    assert batch.unreadable == 1


@pytest.mark.parametrize("time", ["", "nan", "inf"])
def test_a_sample_without_its_time_is_skipped(time: str) -> None:
    batch = read(f"1,2,3\n{time},4,5\n2,6,7")
    np.testing.assert_array_equal(batch.values, [[2, 3], [6, 7]])
    assert "expected a time in seconds" in batch.complaint


@pytest.mark.parametrize(
    ("header", "options", "message"),
    [
        ("acc_y,gyro_x", {}, r"^pipe:1: no column 'acc_x'; did you mean 'acc_y'\? It has: acc_y, gyro_x\.$"),
        ("ax,gx", {}, r"^pipe:1: no column 'acc_x'"),
        ("acc_x,gyro_x", {"time_column": "seconds"}, r"^pipe:1: no column 'seconds'"),
        ("acc_x,gyro_x,acc_x", {}, r"^pipe:1: expected one column 'acc_x', got several\.$"),
    ],
)
def test_a_wrong_header_is_refused(header: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(f"{header}\n1,2", **options)


def test_an_explicit_format_is_enforced() -> None:
    assert read("[1, 2]", format="csv").unreadable == 1
    batch = read("1,2\n[3, 4]", format="json")
    assert (batch.unreadable, batch.values.tolist()) == (1, [[3.0, 4.0]])


def test_an_explicit_time_column_is_required() -> None:
    for text in ("1,2", "[1, 2]", '{"acc_x": 1, "time_s": 3}'):
        assert read(text, time_column="t").unreadable == 1
    assert read("9,1,2", time_column="t").times == [9]


@given(st.lists(st.binary(max_size=12).filter(lambda line: b"\n" not in line), max_size=8), st.data())
def test_the_lines_do_not_depend_on_the_chunks(lines: list[bytes], data: st.DataObject) -> None:
    whole = b"\n".join(lines)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    splitter = Splitter()
    split = [line for first, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)
             for line in splitter.feed(whole[first:end])]  # fmt: skip
    split += splitter.flush()
    assert split == (whole.split(b"\n") if not whole.endswith(b"\n") else whole.split(b"\n")[:-1]) or not whole


@given(st.binary(max_size=200))
def test_arbitrary_bytes_never_raise_after_the_first_sample(data: bytes) -> None:
    lines = Lines(Wanted(NAMES), "pipe")
    lines.read([b"1,2"])
    batch = lines.read(data.split(b"\n"))
    assert len(batch.values) + batch.unreadable <= data.count(b"\n") + 1


def test_an_endless_line_does_not_use_memory() -> None:
    splitter = Splitter()
    for _ in range(40):
        assert splitter.feed(b"7" * LONGEST) == []
    assert len(splitter._partial) <= LONGEST + 1
    (line, after) = splitter.feed(b"7\n1,2\n")
    batch = Lines(Wanted(NAMES), "pipe").read([line, after])
    assert (batch.unreadable, batch.values.tolist()) == (1, [[1.0, 2.0]])
