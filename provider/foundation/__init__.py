"""What every other package may use: errors, faults, deadlines, interruption, loosely typed options."""
