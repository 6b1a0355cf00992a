"""The only package that touches the file system; it knows JSON trees, not characters."""
