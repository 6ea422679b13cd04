"""Many clients at once: a frame of profiles in, a frame of verdicts out, on Polars."""
