"""What writes each layer and operation of Keras as ONNX nodes."""
