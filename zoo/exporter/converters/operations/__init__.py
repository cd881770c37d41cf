"""Operations of `keras.ops`."""
