"""Who may do what: callers, and the objects that a reference of theirs names."""
