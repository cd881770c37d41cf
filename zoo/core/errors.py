"""The errors that the zoo raises, each with the exit code that the command line gives it.

Messages read *where: expected X, got Y. Do Z.* A user's mistake (exit code 2) can be mended by changing what
was typed or given; a failure (exit code 1) happened while doing what was rightly asked.
"""


class ZooError(Exception):
    """Base of every error that the zoo raises on purpose."""

    exit_code = 2


class RecipeError(ZooError):
    """A recipe, or an override of one, is not valid. Carries every problem at once, one a line."""


class DataError(ZooError):
    """Data given by the user cannot be used: a missing column, an empty file, a recording too short."""


class FetchError(DataError):
    """A registered data set cannot be had, or what came is not what was expected."""

    exit_code = 1


class InputError(ZooError):
    """What was given to a model does not fit it: shape, dtype, range, NaN, empty text."""


class BundleError(ZooError):
    """A bundle is missing, damaged, or needs something that this device does not have."""


class RunError(ZooError):
    """A run directory is missing, incomplete, or belongs to another recipe."""


class TrainError(ZooError):
    """Training could not go on: the loss is not finite, or nothing is left to train on."""

    exit_code = 1


class ExportError(ZooError):
    """A model cannot be written as ONNX. Names the layer, the option and the remedy."""

    exit_code = 1


class RequestError(ExportError):
    """What was asked of the exporter cannot be: no such model file or opset, or a folder that holds other things."""

    exit_code = 2


class ParityError(ExportError):
    """The exported file does not compute what the Keras model computes. Nothing was written."""
