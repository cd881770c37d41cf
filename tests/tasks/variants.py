"""The tiny recipes, adapted to other tasks."""

from pathlib import Path

from tiny import write_sensor

from zoo.recipe import Recipe


def _without_events(text: str, task: str) -> str:
    kept = [line for line in text.splitlines() if not line.startswith("events:")]
    return "\n".join(kept).replace("event-detection", task) + "\n"


def tagging(folder: Path, *overrides: str) -> Recipe:
    """A label for every step of the made-up recordings."""
    path = write_sensor(folder)
    path.write_text(_without_events(path.read_text(), "tagging"))
    return Recipe.load(path, ["name=tiny-tags", "data.split.validation=0.3", *overrides])


def windows(folder: Path, *overrides: str) -> Recipe:
    """A label for each second of the made-up recordings: one window within each jump, and many between jumps."""
    path = write_sensor(folder)
    text = _without_events(path.read_text(), "classification").replace("export: {streaming: true}\n", "")
    path.write_text(text.replace("return_sequences: true", "return_sequences: false"))
    return Recipe.load(path, ["name=tiny-windows", "data.window_s=1", "data.stride_s=0.5", *overrides])


def genres(folder: Path, *overrides: str) -> Recipe:
    """Sentences with up to three labels, each of which one word indicates."""
    import numpy as np

    random = np.random.default_rng(2)
    word_of = {"crime": "police", "comedy": "laugh", "drama": "tears"}
    lines = ["plot,genres"]
    for number in range(240):
        chosen = [genre for genre in word_of if random.random() < 0.4] or ["drama"]
        words = [*random.choice(["the", "a", "film", "plot", "end"], 4), *(word_of[genre] for genre in chosen)]
        lines.append(f"{' '.join(random.permutation(words))} n{number},{';'.join(chosen)}")
    (folder / "films.csv").write_text("\n".join(lines) + "\n")
    path = folder / "films.yaml"
    path.write_text("""\
name: tiny-genres
task: classification
summary: Names the genres of made-up films.
data:
  files: films.csv
  text: plot
  label: genres
  tokens: {kind: word, vocabulary: 100}
  max_tokens: 12
  split: {validation: 0.25, test: 0.25}
classes: {multi_label: true}
model: {cell: gru, layers: [embedding: {units: 8}, bidirectional: {units: 6}]}
training: {epochs: 8, batch_size: 16, learning_rate: 2e-2}
""")
    return Recipe.load(path, overrides)
