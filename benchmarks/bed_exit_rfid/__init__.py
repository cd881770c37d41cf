"""The recipe bed-exit-rfid cross-validated in each room, and across rooms."""
