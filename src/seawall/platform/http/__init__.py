"""Fetching over HTTP: the port. The adapter is `client.HTTPClient`, which the composition root makes."""

from seawall.platform.http.errors import HTTPStatusError
from seawall.platform.http.interface import (
    Document,
    Fetch,
    Fetched,
    Fetcher,
    Pause,
    Validators,
    quiet,
    shown_url,
)

__all__ = [
    "Document",
    "Fetch",
    "Fetched",
    "Fetcher",
    "HTTPStatusError",
    "Pause",
    "Validators",
    "quiet",
    "shown_url",
]
