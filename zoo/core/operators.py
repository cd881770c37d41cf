"""ONNX's operators that run over time, by name: what is counted and shown of a file."""

#: Native recurrent operators (https://onnx.ai/onnx/operators), which the exporter writes.
RECURRENT = ("RNN", "LSTM", "GRU")

#: What onnxruntime's quantiser turns an LSTM into (domain com.microsoft). Of RNN and GRU it makes nothing.
DYNAMIC_LSTM = "DynamicQuantizeLSTM"

#: All that run over time by themselves, without a graph inside that is run step by step.
NATIVE = (*RECURRENT, DYNAMIC_LSTM)
