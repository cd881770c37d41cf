"""The report of a training run: plots, and one page with every recorded fact."""

from zoo.report.writing import write_report

__all__ = ["write_report"]
