"""The page about the time of an export."""

from benchmarks.export_time.report import Exported, page

ABOUT = {
    "date": "2030-01-02",
    "machine": {"cpu": "A", "cores": 2, "system": "Linux x86_64", "load": None},
    "versions": {"Python": "3.11", "torch": None},
}
PAGE = """\
# Export time

2030-01-02, A, 2 cores, Linux x86_64.
Python 3.11, torch missing.

Seconds of `to_onnx(model, path, verify=False)` for a stack of recurrent layers of 64 units over (128, 9) and a dense
softmax: the median of 3 exports. The first export of the process (0.50 s) is not included.

| layers | 1 | 4 |
| --- | --- | --- |
| LSTM | 0.10 | 0.40 |
| GRU | 0.10 | 0.62 |

From 1 to 4 layers, the time grows by a factor of 4 to 6; linear growth would be a factor of 4.
"""


def test_the_page_has_a_row_for_each_cell_and_the_growth_of_the_time() -> None:
    exports = [Exported("lstm", 1, 0.1), Exported("lstm", 4, 0.4), Exported("gru", 1, 0.1), Exported("gru", 4, 0.62)]
    assert page(ABOUT, 0.5, exports, repeats=3) == PAGE
