"""Pictures of an answer: drawn by this package itself, offline, readable without colour."""
