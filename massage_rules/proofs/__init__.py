"""Proofs about all clients: what the rules can and can never say, by a solver."""
