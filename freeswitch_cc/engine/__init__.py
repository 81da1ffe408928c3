"""Joins the rooms: what the switch says, what people ask, what is due, the one path, and what is sent."""
