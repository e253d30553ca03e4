"""What a function runs in: its wiring, its time limit, its log."""
