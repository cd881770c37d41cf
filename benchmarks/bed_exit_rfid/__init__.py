"""Cross-validation of the recipe bed-exit-rfid in each room, and across rooms."""
