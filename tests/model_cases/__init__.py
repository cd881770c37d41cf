"""The table of Keras models that the tests of the exporter run through, with every form that it writes."""

from model_cases.attention import attention_cases
from model_cases.layers import layer_cases
from model_cases.making import Build, randomised, sensor, text
from model_cases.operations import operations_cases
from model_cases.recurrent import recurrent_cases
from model_cases.whole import whole_cases

CASES: dict[str, Build] = {
    **recurrent_cases(),
    **layer_cases(),
    **operations_cases(),
    **attention_cases(),
    **whole_cases(),
}

__all__ = ["CASES", "Build", "randomised", "recurrent_cases", "sensor", "text"]
