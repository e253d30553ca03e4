"""API Gateway's control plane."""
