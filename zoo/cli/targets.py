"""What the user means by a run, a recipe or a model file."""

import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.cli import shelf
from zoo.core.errors import RequestError, RunError
from zoo.core.names import nearest
from zoo.rundir import Run, all_runs, latest, runs_root

if TYPE_CHECKING:
    import keras


def trained(what: str) -> Run:
    """The run that the user means.

    Args:
        what: a run directory, or a recipe's name or file: its latest finished run.

    Raises:
        RecipeError: it is neither a run nor a recipe.
        RunError: the recipe has no finished run.
    """
    from zoo.recipe import Recipe

    if _is_run(Path(what)):
        return Run.open(what)
    if Path(what).is_file() and not what.endswith((".yaml", ".yml")):
        raise RequestError(
            f"{what}: expected a run, a recipe or a .keras file. Open the model in Keras and save it as .keras, or "
            "export it from Python: to_onnx."
        )
    return latest(what if all_runs(what) else Recipe.load(what).name)


def scored(what: str) -> Run | Path:
    """The model that the user wants scored.

    Args:
        what: a run directory, a bundle, or a name: its latest run if there is one, else the bundle on the shelf.

    Returns:
        The run, or the bundle's folder or file.

    Raises:
        RunError: there is neither; offers the nearest name.
    """
    path = Path(what)
    if _is_run(path):
        return Run.open(path)
    if shelf.is_bundle(path):
        return path
    if any(run.finished for run in all_runs(what)):
        return latest(what)
    if what in shelf.names():
        return shelf.SHELF / what
    root = runs_root()
    known = sorted({*shelf.names(), *(path.parent.parent.name for path in root.glob("*/*/recipe.yaml"))})
    near = nearest(what, known)
    nowhere = f"neither {root}/ nor {shelf.SHELF}/ has it. `zoo train` makes a run."
    hint = f"did you mean '{near}'?" if near else nowhere
    raise RunError(f"{what}: no such run or bundle; {hint}")


def keras_model(path: str) -> "keras.Model":
    """Reads a .keras file: its layers and weights, not its optimizer.

    Raises:
        RequestError: there is no such file, or Keras cannot read it.
    """
    import keras

    if not Path(path).is_file():
        raise RequestError(f"{path}: no such file.")
    if not zipfile.is_zipfile(path):  # of this Keras would say that the file is not there
        raise RequestError(f"{path}: Keras cannot read it as a model: cut short, or no .keras file. Save it again.")
    try:
        model = keras.saving.load_model(path, compile=False)
    except (ValueError, TypeError, OSError, KeyError) as error:
        raise RequestError(f"{path}: Keras cannot read it as a model: {_reason(str(error))}") from error
    if not isinstance(model, keras.Model):
        raise RequestError(f"{path}: expected a Keras model, got {type(model).__name__}.")
    return model


def _reason(said: str) -> str:
    """Why Keras could not read a file, in few words."""
    if "config.json" in said and "archive" in said:
        return "it is no .keras file. Save the model again."
    if "safe_mode" in said:
        return "it has a Lambda layer, whose code is not run from a file. Export the model from Python: to_onnx."
    missing = re.findall(r"Could not locate (?:class|function) '([^']+)'", said)
    if missing or "could not be deserialized" in said:
        own = f"it has a layer or function of your own{f', {missing[0]!r}' if missing else ''}"
        return f"{own}, which only your own code can load. Export the model from Python: to_onnx."
    first = " ".join(said.split()).split(". ")[0]
    return f"{first.rstrip('.')}. Save the model again."


def _is_run(path: Path) -> bool:
    return (path / "recipe.yaml").is_file()
