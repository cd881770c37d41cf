"""A new task is its own file and a row in each table: from its recipe to its answer, nothing else knows of it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tiny import write_sensor

SCRIPT = Path(__file__).with_name("eighth.py")


def test_a_made_up_task_goes_all_the_way(tmp_path: Path) -> None:
    kept = [
        line for line in write_sensor(tmp_path).read_text().splitlines() if not line.startswith(("events:", "export:"))
    ]
    text = "\n".join(kept).replace("event-detection", "loudness").replace("return_sequences: true", "")
    text = text.replace("units: 8, ", "units: 8").replace("  label: state\n", "").replace("epochs: 4", "epochs: 20")
    (tmp_path / "loud.yaml").write_text(f"{text}\nloudness: {{above: 1.2}}\n")
    done = subprocess.run([sys.executable, SCRIPT, tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["checked"] == ["recipe", "data", "model", "export", "verified", "streaming"]
    assert (found["task"], found["digest"], found["self test"]) == ("loudness", True, [])
    assert found["metrics"] == pytest.approx(found["run"], abs=1e-6)
    assert found["metrics"]["rightly"] > found["baseline"]["rightly"]
    assert [said["label"] for said in found["said"]] == ["quiet", "loud"]
    assert found["card"]
    assert found["report"]
    assert found["shown"] > 0
