"""Names of the ONNX operators that run over time, as counted and displayed for a file."""

#: Native recurrent operators (https://onnx.ai/onnx/operators), which the exporter writes.
RECURRENT = ("RNN", "LSTM", "GRU")

#: onnxruntime's quantiser converts an LSTM to this (domain com.microsoft). It leaves RNN and GRU unchanged.
DYNAMIC_LSTM = "DynamicQuantizeLSTM"

#: All operators that run over time natively, without an inner graph that runs step by step.
NATIVE = (*RECURRENT, DYNAMIC_LSTM)
