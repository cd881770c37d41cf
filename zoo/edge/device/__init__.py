"""A file on the device that it is to run on: examined and timed."""
