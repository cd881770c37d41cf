"""The cost of one more sample: the measured calls, and the page."""

import numpy as np

from benchmarks.streaming_step.report import Measured, page
from benchmarks.streaming_step.ways import contenders

ABOUT = {
    "date": "2030-01-02",
    "machine": {"cpu": "A", "cores": 2, "system": "Linux x86_64", "load": 0.1},
    "versions": {"Python": "3.11"},
}


def test_steps_return_the_scores_of_the_complete_sequence_and_every_way_runs() -> None:
    ways, difference = contenders("GRU")
    assert difference <= 1e-6
    assert np.shape(ways["step"]()) == (1, 1)
    assert np.shape(ways["chunk"]()) == (32, 1)
    assert np.shape(ways["window"]()[0]) == (1, 128, 1)
    assert [np.shape(part) for part in ways["plain"]()] == [(1, 1, 1), (1, 64), (1, 64)]


def test_the_page_has_a_row_for_each_cell() -> None:
    gru = Measured("GRU", (15e-6, 20e-6), (40e-6, 60e-6), (2e-6, 3e-6), (250e-6, 300e-6), (16.7, 15.0, 18.0), 2e-7)
    text = page(ABOUT, [gru], rounds=3)
    row = "| GRU | 15.0 (20.0) | 40.0 (60.0) | 2.0 (3.0) | 250.0 (300.0) | **16.7** (15.0 to 18.0) |\n"
    assert row in text
    assert "the largest difference\nis 2e-07." in text
    assert "over 3 rounds" in text
