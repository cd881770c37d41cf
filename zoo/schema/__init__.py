"""The parts of a recipe: frozen, with a closed set of keys, each valid by itself."""
