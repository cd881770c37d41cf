"""Two recipes for made-up data, small enough to train in a test."""

from pathlib import Path

import numpy as np

TINY_SENSOR = """
name: tiny-exit
task: event-detection
summary: Finds jumps in a made-up signal.
data:
  files: recordings/*.csv
  columns: [level, noise]
  units: {level: g}
  time: seconds
  label: state
  group: person
  sample_rate_hz: 10
  window_s: 8
  split: {by: subject, validation: 0.3, test: 0.25}
model:
  cell: gru
  layers:
    - normalization
    - conv1d: {filters: 6, kernel_size: 3, activation: relu}
    - recurrent: {units: 8, return_sequences: true}
    - dropout: {rate: 0.2}
training: {epochs: 4, batch_size: 8, learning_rate: 1e-2}
events: {labels: [jump], target: "<= 30 false alarms per h", cooldown_s: 2}
export: {streaming: true}
"""

TINY_TEXT = """
name: tiny-mood
task: sentiment
summary: Tells good from bad in made-up sentences.
data:
  files: texts.csv
  text: sentence
  label: mood
  tokens: {kind: word, vocabulary: 100}
  max_tokens: 12
  split: {by: subject, validation: 0.2, test: 0.2}
model:
  cell: lstm
  layers:
    - embedding: {units: 6}
    - bidirectional: {units: 5}
training: {epochs: 2, batch_size: 16, learning_rate: 1e-2}
"""


def write_sensor(folder: Path) -> Path:
    """Writes recordings of eight people, in which a jump raises the level for a second. Returns the recipe's file."""
    random = np.random.default_rng(0)
    (folder / "recordings").mkdir()
    for person in range(8):
        level, state = np.zeros(400), np.zeros(400, int)
        for start in (60 + 3 * person, 160 + 5 * person, 300 + 2 * person):
            level[start : start + 10] += 2.0
            state[start : start + 10] = 1
        level += random.normal(0, 0.2, 400)
        rows = [
            f"{i / 10:.1f},{level[i]:.4f},{random.normal():.4f},{'jump' if state[i] else 'rest'},p{person}"
            for i in range(400)
        ]
        (folder / f"recordings/{person}.csv").write_text("\n".join(["seconds,level,noise,state,person", *rows]) + "\n")
    recipe = folder / "tiny-exit.yaml"
    recipe.write_text(TINY_SENSOR)
    return recipe


def write_text(folder: Path) -> Path:
    """Writes sentences whose mood depends on one word. Returns the recipe's file."""
    random = np.random.default_rng(1)
    words = np.asarray(["the", "a", "film", "plot", "actor", "scene", "music", "was", "and", "of", "it", "end"])
    lines = ["sentence,mood"]
    for number in range(240):
        mood = number % 2
        sentence = [*random.choice(words, random.integers(2, 9)), ("awful", "lovely")[mood], f"n{number}"]
        lines.append(f"{' '.join(random.permutation(sentence))},{('bad', 'good')[mood]}")
    (folder / "texts.csv").write_text("\n".join(lines) + "\n")
    recipe = folder / "tiny-mood.yaml"
    recipe.write_text(TINY_TEXT)
    return recipe
