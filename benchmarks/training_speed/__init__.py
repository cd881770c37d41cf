"""Training speed of recurrent models on one core: the zoo compared with Keras and PyTorch."""
