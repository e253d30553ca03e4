"""The methods with ``await``. Those without are made of them, in ``_sync``, by ``make generate``."""
