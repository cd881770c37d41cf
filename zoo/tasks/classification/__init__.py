"""One label, or several, for a whole text, recording, stretch or window."""
