"""Finds the run, bundle or model file that the user names."""

import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.cli import exported
from zoo.core.errors import RequestError, RunError
from zoo.core.names import nearest
from zoo.rundir import Run, all_runs, latest, runs_root

if TYPE_CHECKING:
    import keras


def trained(what: str) -> Run:
    """Finds a trained run.

    Args:
        what: a run directory, or a recipe's name or file, which stands for its latest finished run.

    Raises:
        RecipeError: `what` is neither a run nor a recipe.
        RequestError: `what` is another kind of file.
        RunError: the recipe has no finished run.
    """
    from zoo.recipe import Recipe

    if _is_run(Path(what)):
        return Run.open(what)
    if Path(what).is_file() and not what.endswith((".yaml", ".yml")):
        raise RequestError(
            f"{what}: expected a run, a recipe or a .keras file. Open the model in Keras and save it as .keras, or "
            "export it from Python with to_onnx."
        )
    return latest(what if all_runs(what) else Recipe.load(what).name)


def scored(what: str) -> Run | Path:
    """Finds the model to score.

    Args:
        what: a run directory, a bundle, or a name: its latest run if there is one, else the bundle in `exported/`.

    Returns:
        The run, or the bundle's folder or file.

    Raises:
        RunError: there is neither; the message suggests the nearest name.
    """
    path = Path(what)
    if _is_run(path):
        return Run.open(path)
    if exported.is_bundle(path):
        return path
    if any(run.finished for run in all_runs(what)):
        return latest(what)
    if what in exported.names():
        return exported.FOLDER / what
    root = runs_root()
    names = sorted({*exported.names(), *(path.parent.parent.name for path in root.glob("*/*/recipe.yaml"))})
    near = nearest(what, names)
    missing = f"neither {root}/ nor {exported.FOLDER}/ has it. `zoo train` creates a run."
    hint = f"did you mean '{near}'?" if near else missing
    raise RunError(f"{what}: no such run or bundle; {hint}")


def keras_model(path: str) -> "keras.Model":
    """Loads a .keras file: its layers and weights, not its optimizer.

    Raises:
        RequestError: the file does not exist, or Keras cannot read it.
    """
    import keras

    if not Path(path).is_file():
        raise RequestError(f"{path}: no such file.")
    if not zipfile.is_zipfile(path):  # Keras would report such a file as missing
        raise RequestError(f"{path}: expected a .keras file, got a truncated one or another format. Save it again.")
    try:
        model = keras.saving.load_model(path, compile=False)
    except (ValueError, TypeError, OSError, KeyError) as error:
        raise RequestError(f"{path}: Keras cannot load the model: {_advice(str(error))}") from error
    if not isinstance(model, keras.Model):
        raise RequestError(f"{path}: expected a Keras model, got {type(model).__name__}.")
    return model


def _advice(error: str) -> str:
    """The reason why Keras could not load a file, in brief, and the remedy."""
    if "config.json" in error and "archive" in error:
        return "it is not a .keras file. Save the model again."
    if "safe_mode" in error:
        return "it has a Lambda layer, whose code is not run from a file. Export the model from Python with to_onnx."
    names = re.findall(r"Could not locate (?:class|function) '([^']+)'", error)
    if names or "could not be deserialized" in error:
        custom = f"it has a custom layer or function{f', {names[0]!r}' if names else ''}"
        return f"{custom}, which only your own code can load. Export the model from Python with to_onnx."
    sentence = " ".join(error.split()).split(". ")[0]
    return f"{sentence.rstrip('.')}. Save the model again."


def _is_run(path: Path) -> bool:
    return (path / "recipe.yaml").is_file()
