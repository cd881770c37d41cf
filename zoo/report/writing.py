"""Writes the report's files into the run directory."""

import json
from collections.abc import Sequence
from typing import Any

import keras

from zoo.build import describe
from zoo.evaluation.events import event_metrics
from zoo.evaluation.threshold import Point
from zoo.report import plots
from zoo.report.page import Facts, History, TradeOff, page
from zoo.rundir import Run


def write_report(
    run: Run,
    model: keras.Model,
    metrics: dict[str, Any],
    history: list[dict[str, float]],
    points: Sequence[Point] = (),
) -> None:
    """Writes `plots/` and, last, `report.html`.

    Args:
        run: has its recipe and its environment already.
        model: the best on validation.
        metrics: split -> metric -> number, and the fitted event rule under `events` if there is one.
        history: `loss`, `val_loss` and `learning_rate` of each epoch.
        points: for event detection, what each threshold gives on validation.
    """
    trade_off = _trade_off(run, points, metrics["events"]["threshold"]) if points else None
    facts = Facts(
        recipe=run.recipe,
        run_id=run.id,
        metrics=metrics,
        model=describe(model),
        history=_history(run, history),
        trade_off=trade_off,
        recipe_yaml=(run.path / "recipe.yaml").read_text("utf-8"),
        environment=json.loads((run.path / "environment.json").read_text("utf-8")),
    )
    run.write("report.html", page(facts))


def trade_off_csv(points: Sequence[Point]) -> str:
    """One line a threshold, rising."""
    names = ("threshold", "event_recall", "event_precision", "event_f1", "false_alarms_per_hour")
    delays = ("delay_median_s", "delay_p95_s")
    lines = [",".join([*names, *delays, "right", "false", "missed"])]
    for point in points:
        found = point.matches
        metrics = event_metrics(found, 1.0)
        rates = (found.recall, found.precision, found.f1, point.false_alarms_per_hour)
        late = [metrics[name] for name in delays]
        measured = [f"{value:.6g}" for value in (point.threshold, *rates, *late)]
        lines.append(",".join([*measured, str(found.right), str(found.false), str(found.missed)]))
    return "\n".join(lines) + "\n"


def _history(run: Run, history: list[dict[str, float]]) -> History:
    best = plots.best_epoch(history)
    png = plots.history_plot(history)
    run.write("plots/history.png", png)
    return History(png, epochs=len(history), best=best, lowest=history[best - 1]["val_loss"])


def _trade_off(run: Run, points: Sequence[Point], threshold: float) -> TradeOff:
    events = run.recipe.events
    assert events is not None
    chosen = next(point for point in points if point.threshold == threshold)
    png = plots.trade_off_plot(points, chosen, events.max_false_alarms_per_hour)
    run.write("plots/trade-off.csv", trade_off_csv(points))
    run.write("plots/trade-off.png", png)
    return TradeOff(
        png=png,
        thresholds=len(points),
        threshold=threshold,
        recall=chosen.matches.recall,
        f1=chosen.matches.f1,
        false_alarms_per_hour=chosen.false_alarms_per_hour,
        target=events.target,
    )
