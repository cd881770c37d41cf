"""Converters that write the layers and operations of Keras as ONNX nodes."""
