"""Texts, with or without a label each."""
