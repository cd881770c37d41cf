"""Conversion by tf2onnx, from TensorFlow's graph, of calls that have no converter."""
