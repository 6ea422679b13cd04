"""What would be different: with other facts, on a later day, and what the least changes are that something takes."""
