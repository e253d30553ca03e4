"""The HTTP edge: API Gateway's proxy events in, its proxy responses out."""
