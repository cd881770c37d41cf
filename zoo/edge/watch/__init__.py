"""A live monitor: samples from a pipe, a recording or an MQTT broker in, events out, for as long as the device runs.

A source (`pipe`, `replay`, `broker`) reads lines in a separate thread (`lines`) and puts their samples into an
`Inbox`; `loop.Watch` takes them from there, pushes them through the model's `Stream` and sends the events to the sinks.
"""
