"""One label, or several, for a text, recording, stretch or window."""
