"""Recordings of sensors: (time, features) values, labelled step by step."""
