"""A Keras model as the exporter sees it."""
