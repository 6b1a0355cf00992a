"""Watching a store: what other programs, and people with editors, change in its files while a game runs.

Events are hints, and content decides: whatever the system tells, or fails to tell, a file is compared with what is
known of it. Nothing here has to work for saves to be safe.
"""
