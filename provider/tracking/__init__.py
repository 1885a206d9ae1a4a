"""What builds make and leave: found by tags, swept, kept alive, retired."""
