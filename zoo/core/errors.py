"""The errors that the zoo raises, each with the exit code of the command line.

Messages read *where: expected X, got Y. Do Z.* A user's mistake (exit code 2) can be fixed by changing the
command or the input; a failure (exit code 1) happened while carrying out a valid request.
"""


class ZooError(Exception):
    """Base class of every error that the zoo raises deliberately."""

    exit_code = 2


class RecipeError(ZooError):
    """A recipe, or an override of one, is not valid. The message lists every problem, one per line."""


class DataError(ZooError):
    """The user's data cannot be used: a missing column, an empty file, a recording that is too short."""


class FetchError(DataError):
    """A registered data set cannot be downloaded, or the download is not what was expected."""

    exit_code = 1


class InputError(ZooError):
    """An input does not fit the model: shape, dtype, range, NaN, empty text."""


class BundleError(ZooError):
    """A bundle is missing or damaged, or needs something that this device does not have."""


class RunError(ZooError):
    """A run directory is missing, incomplete, or belongs to another recipe."""


class TrainError(ZooError):
    """Training could not continue: the loss is not finite, or no data is left to train on."""

    exit_code = 1


class ExportError(ZooError):
    """A model cannot be written as ONNX. The message names the layer, the option and the remedy."""

    exit_code = 1


class RequestError(ExportError):
    """An export request is invalid: no such model file or opset, or a target folder that holds other files."""

    exit_code = 2


class ParityError(ExportError):
    """The exported file's outputs differ from the Keras model's. Nothing was written."""
