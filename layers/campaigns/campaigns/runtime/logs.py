"""The one logger: a JSON line each, never with a key or a whole event.

CloudWatch bills each byte, so a line has what is searched for or says more. Left out is what is the same in all lines,
where in the code they come from, and the trace's id: X-Ray knows a trace by ``function_request_id``.
"""

from typing import Any

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

_LEFT_OUT = frozenset({"function_arn", "function_memory_size", "location", "service", "xray_trace_id"})


class _ShortLines(LambdaPowertoolsFormatter):
    def serialize(self, log: dict[str, Any]) -> str:  # type: ignore[override]  # Powertools passes a dict, too
        """The line. ``cold_start`` is in it where it is true."""
        said = {name: value for name, value in log.items() if name not in _LEFT_OUT}
        if not said.get("cold_start"):
            said.pop("cold_start", None)
        return super().serialize(said)


# A stack trace once, as text; a time that Lambda understands.
logger = Logger(service="campaigns", logger_formatter=_ShortLines(serialize_stacktrace=False, use_rfc3339=True))
