"""How fast recurrent models train on one core, the zoo beside Keras and PyTorch."""
