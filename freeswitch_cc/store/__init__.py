"""Speaks to PostgreSQL. Knows the records of core, no rules; never imports esl."""
