"""What a clinic prints or files of an answer, from templates that it can replace."""
