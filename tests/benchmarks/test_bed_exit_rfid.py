"""The page about bed exits in two rooms."""

import math

from benchmarks.bed_exit_rfid.report import page
from benchmarks.bed_exit_rfid.score import Score, score, together

ABOUT = {
    "date": "2030-01-02",
    "machine": {"cpu": "A", "cores": 2, "system": "Linux x86_64", "load": 0.1},
    "versions": {"Python": "3.11"},
}


def test_the_counts_of_folds_are_added() -> None:
    metrics = {"event_recall": 2 / 3, "events": 3, "alarms": 4, "hours": 0.5, "delay_median_s": -1.25}
    silent = {"event_recall": 0.0, "events": 1, "alarms": 0, "hours": 1.5, "delay_median_s": math.nan}
    both = together("room-1, partition 0", [score("", metrics), score("", silent)])
    assert both == Score("room-1, partition 0", 2, 2, 2, 2.0, (-1.25,))
    assert (both.recall, both.precision) == (0.5, 0.5)
    assert math.isnan(score("", silent).precision)


def test_the_page_separates_partitions_and_rooms() -> None:
    scores = [Score(f"room-2, partition {n}", 9, 3 - n, 1, 2.0, (0.5, -1.0)) for n in range(2)]
    text = page(ABOUT, [*scores, Score("room-1 to room-2", 0, 0, 5, 1.0, ())])
    assert "| room-2, partition 0 | 0.900 | 0.750 | 10 | 12 | 1.5 | -1.0 to 0.5 s |\n" in text
    assert "is drawn at random\n2 times" in text
    first, second = text.split("Trained on one room and tested on the other")
    assert "room-1 to room-2" not in first
    assert "| room-1 to room-2 | 0.000 | nan | 5 | 0 | 0.0 | - |" in second
