"""The chaos harness: a random center on a simulated switch, with the real engine and a real PostgreSQL.

plan: who does what when, drawn from a seed (pure) · weather: the faults of a plan (pure) · stand: the switch, in a
process of its own · witness: what the switch did, by a line to which nobody lies · people, hazards: carry a plan out ·
pulse: does the machine keep up · record: all that is known in the end · fates, verdict: what of it must not be (pure) ·
story: one call, told line by line · run: all of it, in order.
"""
