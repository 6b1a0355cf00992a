"""The `saves` command: words on a screen. A file a noun; everything is imported when its command is used."""
