"""The page about the time of an export."""

from benchmarks.export_time.report import Exported, page

ABOUT = {
    "date": "2030-01-02",
    "machine": {"cpu": "A", "cores": 2, "system": "Linux x86_64", "load": None},
    "versions": {"Python": "3.11", "torch": None},
}
PAGE = """\
# Time of an export

2030-01-02, A, 2 cores, Linux x86_64.
Python 3.11, torch missing.

Seconds that `to_onnx(model, path, verify=False)` takes for a stack of recurrent layers of 64 over (128, 9) and a dense
softmax: median of 3 exports, after the very first one of the process (0.50 s), which is not counted.

| layers | 1 | 4 |
| --- | --- | --- |
| LSTM | 0.10 | 0.40 |
| GRU | 0.10 | 0.62 |

From 1 to 4 layers the time grows 4 to 6 times; 4 times would be linear.
"""


def test_the_page_has_a_row_for_each_cell_and_tells_how_time_grows() -> None:
    found = [Exported("lstm", 1, 0.1), Exported("lstm", 4, 0.4), Exported("gru", 1, 0.1), Exported("gru", 4, 0.62)]
    assert page(ABOUT, 0.5, found, repeats=3) == PAGE
