"""A live monitor: samples from a pipe, a recording or an MQTT broker in, events out, for as long as the device runs.

A source (`pipe`, `replay`, `broker`) reads lines in a thread of its own (`lines`) and puts what they say into an
`Inbox`; `loop.watch` takes it from there, pushes it through the model's `Stream` and hands the events to the sinks.
"""
