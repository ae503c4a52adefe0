"""Feeds: what others publish about vulnerabilities, kept as a folder of files that stays usable whatever happens.

`sync.FeedSync` fetches, `loading.FeedLoader` takes files from a folder; both check what they have before it replaces
anything. What reads the folder (`mirror.Mirror`) needs neither, and imports nothing that is slow.
"""

from seawall.remediation.feeds.interface import FeedProgress, Outcome, Source, SyncResult
from seawall.remediation.feeds.mirror import Entry, Mirror
from seawall.remediation.feeds.sources import Catalogue, load_catalogue

__all__ = ["Catalogue", "Entry", "FeedProgress", "Mirror", "Outcome", "Source", "SyncResult", "load_catalogue"]
