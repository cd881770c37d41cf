"""What a training leaves for a person to look at: pictures, and one page with all that is known of the run."""

from zoo.report.writing import write_report

__all__ = ["write_report"]
