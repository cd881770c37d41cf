"""A new task is one file and a row in each table; from recipe to answer, no other code depends on it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tiny import write_sensor

SCRIPT = Path(__file__).with_name("eighth.py")


def test_a_made_up_task_works_from_recipe_to_answer(tmp_path: Path) -> None:
    lines = write_sensor(tmp_path).read_text().splitlines()
    lines = [line for line in lines if not line.startswith(("events:", "export:"))]
    text = "\n".join(lines).replace("event-detection", "loudness").replace("return_sequences: true", "")
    text = text.replace("units: 8, ", "units: 8").replace("  label: state\n", "").replace("epochs: 4", "epochs: 20")
    (tmp_path / "loud.yaml").write_text(f"{text}\nloudness: {{above: 1.2}}\n")
    done = subprocess.run([sys.executable, SCRIPT, tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    results = json.loads(done.stdout.splitlines()[-1])
    assert results["checked"] == ["recipe", "data", "model", "export", "verified", "streaming"]
    assert (results["task"], results["digest"], results["self test"]) == ("loudness", True, [])
    assert results["metrics"] == pytest.approx(results["run"], abs=1e-6)
    assert results["metrics"]["accuracy"] > results["baseline"]["accuracy"]
    assert [prediction["label"] for prediction in results["predictions"]] == ["quiet", "loud"]
    assert results["card"]
    assert results["report"]
    assert results["shown"] > 0
