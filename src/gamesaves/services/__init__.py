"""Use cases: what a game, a player and the command can do with a store."""
