"""The page about the time of an export."""

from benchmarks.export_time.report import Exported, page


def test_the_page_has_a_row_for_each_cell_and_tells_how_time_grows() -> None:
    found = [Exported("lstm", 1, 0.1), Exported("lstm", 4, 0.4), Exported("gru", 1, 0.1), Exported("gru", 4, 0.62)]
    text = page("here and now", 0.5, found, repeats=3)
    assert "| layers | 1 | 4 |\n| --- | --- | --- |\n| LSTM | 0.10 | 0.40 |\n| GRU | 0.10 | 0.62 |\n" in text
    assert "From 1 to 4 layers the time grows 4 to 6 times; 4 times would be linear." in text
    assert "(0.50 s)" in text
