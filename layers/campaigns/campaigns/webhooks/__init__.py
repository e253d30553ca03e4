"""Webhooks on their way: secrets and signatures, addresses, and the POST itself."""
