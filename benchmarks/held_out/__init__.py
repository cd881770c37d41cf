"""How well the trained models do on data that nobody trained on."""
