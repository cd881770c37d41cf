import io

import numpy as np
import pytest

from zoo.core.errors import DataError
from zoo.core.tables import numeric, read_csv


@pytest.fixture
def csv_file(tmp_path):
    def write(text: str, encoding: str = "utf-8"):
        path = tmp_path / "recording.csv"
        path.write_text(text, encoding=encoding, newline="")
        return path

    return write


def test_cells_are_kept_as_text_and_numbers_follow_the_requested_order(csv_file):
    table = read_csv(csv_file("time_s,acc_x,label\n0.00,1.5,lying\n0.04,-2e-1,sitting\n"))
    assert table.columns == ("time_s", "acc_x", "label")
    assert table.column("label") == ["lying", "sitting"]
    assert len(table) == 2
    numbers = numeric(table, ["acc_x", "time_s"])
    np.testing.assert_allclose(numbers, [[1.5, 0], [-0.2, 0.04]])
    assert numbers.dtype == np.float32


def test_times_keep_float64(csv_file):
    table = read_csv(csv_file("time\n1600000000.04\n"))
    times = numeric(table, ["time"], np.float64)
    assert times.dtype == np.float64
    assert times[0, 0] == 1600000000.04


@pytest.mark.parametrize(
    "text",
    [
        "a,b\r\n1,2\r\n",
        "a;b\n1;2\n",
        "a\tb\n1\t2\n",
        '"a" ,b\n"1",2\n',
        "a,b\n\n1,2\n\n",
        "a,b\n1,2",
    ],
)
def test_common_csv_dialects_are_read(csv_file, text):
    np.testing.assert_array_equal(numeric(read_csv(csv_file(text)), ["a", "b"]), [[1, 2]])


def test_a_byte_order_mark_is_not_part_of_the_first_name(csv_file):
    assert read_csv(csv_file("a,b\n1,2\n", "utf-8-sig")).columns == ("a", "b")
    assert read_csv(io.StringIO("\ufeffa,b\n1,2\n")).columns == ("a", "b")


def test_a_table_is_read_from_standard_input(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("a\nx\n"))
    table = read_csv("-")
    assert table.source == "standard input"
    with pytest.raises(DataError, match=r"standard input:2: column 'a': expected a finite number, got 'x'\."):
        numeric(table, ["a"])


def test_a_long_recording_is_read_completely(csv_file):
    rows = "".join(f"{index / 25:.2f},{index % 7},0.5\n" for index in range(100_000))
    numbers = numeric(read_csv(csv_file("time_s,a,b\n" + rows)), ["time_s", "a"], np.float64)
    assert numbers.shape == (100_000, 2)
    assert numbers[-1, 0] == 3999.96


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"recording\.csv: expected a header line and rows, got an empty file\."),
        ("\n\n", r"recording\.csv: expected a header line and rows, got an empty file\."),
        ("\na,b\n1,2\n", r"recording\.csv: expected a header line and rows, got an empty first line\. Delete it\."),
        ("a,b\n", r"recording\.csv: expected rows below the header, got none\."),
        ("a,b\n1,2\n3\n", r"recording\.csv:3: expected 2 cells, got 1\."),
        ("a,b\n\n1,2,3\n", r"recording\.csv:3: expected 2 cells, got 3\."),
        ("a,,c\n1,2,3\n", r"recording\.csv:1: expected a name for every column, got none for column 2\."),
        ("a,b,a\n1,2,3\n", r"recording\.csv:1: expected unique column names, got 'a' twice\."),
        ("a\n" + "x" * 200_000 + "\n", r"recording\.csv:2: not a CSV row: field larger than field limit"),
    ],
)
def test_a_file_that_is_not_a_table_is_refused(csv_file, text, message):
    with pytest.raises(DataError, match=message):
        read_csv(csv_file(text))


@pytest.mark.parametrize(
    ("cell", "got"),
    [
        ("abc", "'abc'"),
        ("", "an empty cell"),
        ("nan", "'nan'"),
        ("-inf", "'-inf'"),
        ("1e39", "'1e39'"),
        ("1.2.3", "'1.2.3'"),
    ],
)
def test_a_cell_that_is_not_a_number_is_named(csv_file, cell, got):
    table = read_csv(csv_file(f"a,b\n1,2\n\n3,{cell}\n5,6\n"))
    np.testing.assert_array_equal(numeric(table, ["a"])[:, 0], [1, 3, 5])
    with pytest.raises(DataError, match=rf"recording\.csv:4: column 'b': expected a finite number, got {got}\."):
        numeric(table, ["a", "b"])


def test_a_missing_column_suggests_the_nearest_name(csv_file):
    table = read_csv(csv_file("acc_x,acc_y\n1,2\n"))
    message = r"no column 'acx_x'; did you mean 'acc_x'\? It has: acc_x, acc_y\."
    with pytest.raises(DataError, match=message):
        numeric(table, ["acx_x"])
    with pytest.raises(DataError, match=r"no column 'temperature'\. It has: acc_x, acc_y\."):
        table.column("temperature")


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"nowhere\.csv: cannot be read: No such file or directory\."):
        read_csv(tmp_path / "nowhere.csv")
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"a,b\n1,\xff\xfe\n")
    with pytest.raises(DataError, match=r"binary\.csv: expected UTF-8 text, got byte 0xff\."):
        read_csv(str(binary))
