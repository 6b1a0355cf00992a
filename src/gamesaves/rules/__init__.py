"""What holds in a game and between its saves. Pure: no file, no clock, no randomness.

Callers pass `now` and new ids, so that every rule gives the same answer for the same question.
"""
