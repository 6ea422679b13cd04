"""A course of treatment: the plan made from an answer, and what the notes of its visits lead to."""
