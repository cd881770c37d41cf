"""What recipes are made of: frozen parts with a closed set of keys, each right by itself."""
