"""Scripted calls: a switch to make them on, phones to make them with. For tests and developers, never for callers."""
