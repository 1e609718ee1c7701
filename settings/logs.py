"""How log lines look and where they go: the same for the web server, its master process, workers, beat and commands."""

from __future__ import annotations

from typing import Any

LINE, JSON = FORMS = ("line", "json")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
_LINE = "%(asctime)s %(levelname)s %(name)s [%(process)d] %(request_id)s %(message)s"
# What a JSON line holds besides what the caller adds (`extra`). Times are UTC.
_FIELDS = ("levelname", "name", "process", "request_id", "user_id", "message")
# What Django tells of as an error though a visitor made it: names of its exceptions.
_REFUSED = ("DisallowedHost", "RequestDataTooBig", "TooManyFieldsSent", "TooManyFilesSent")


def logging_config(form: str, level: str) -> dict[str, Any]:
    """Settings for `logging.config.dictConfig`: everything to stderr, masked, with the request and the user it belongs to.

    Shape of `form`: one of `FORMS`. Nothing else writes: no file that somebody must rotate.
    """
    propagates = {"handlers": [], "level": "INFO", "propagate": True}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {
            "mask": {"()": "filing.masking.MaskFilter"},
            "origin": {"()": "filing.log_lines.OriginFilter"},
        },
        "formatters": {
            LINE: {"()": "filing.log_lines.Line", "format": _LINE},
            JSON: {
                "()": "filing.log_lines.JsonLine",
                "fmt": _FIELDS,
                "rename_fields": {"levelname": "level", "name": "logger"},
                "timestamp": "time",
                "json_ensure_ascii": False,
            },
        },
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": form, "filters": ["origin", "mask"]},
        },
        "root": {"handlers": ["stderr"], "level": level},
        # Their own handlers would write the same line twice, and unmasked.
        "loggers": {
            "django": propagates,
            # Says the same as our access line, with the query.
            "django.request": {"level": "ERROR"},
            # Anybody may send such a thing: it is refused, no fault of ours, and the access line tells the 400.
            **{f"django.security.{refused}": {"level": "CRITICAL"} for refused in _REFUSED},
            "django.server": propagates,
            "gunicorn.error": propagates,
            "gunicorn.access": {"handlers": [], "level": "CRITICAL", "propagate": False},
            "zeep": {"level": "WARNING"},
            "urllib3": {"level": "WARNING"},
            "PIL": {"level": "WARNING"},
        },
    }
