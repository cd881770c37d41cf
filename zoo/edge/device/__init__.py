"""Examines and times a file on its target device."""
