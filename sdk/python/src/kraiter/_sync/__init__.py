"""The methods without ``await``: written by ``make generate`` from those with it."""
