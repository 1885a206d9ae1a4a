"""What happens to objects: each module plans a change (and refuses it), then does the work of its event."""
