"""Metrics of a listener for Prometheus; none of them says anything about a person."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from wasf.interfaces import InboxCounts

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class ListenerMetrics:
    """The metrics of one listener."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self._registry = registry
        self._webhooks = Counter(
            "wasf_webhooks", "Webhooks by sender and answer.", ["sender", "status"],
            registry=registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "wasf_webhook_seconds", "From a webhook's head to its answer.", buckets=_SECONDS,
            registry=registry,
        )  # fmt: skip
        self._logged = Counter(
            "wasf_messages_logged", "Messages logged in Salesforce.", registry=registry
        )
        self._syncs = Counter(
            "wasf_syncs", "Syncs by how they ended.", ["ended"], registry=registry
        )
        self._last_sync = Gauge(
            "wasf_last_sync_timestamp_seconds", "When a sync last went well.", registry=registry
        )
        self._inbox = Gauge(
            "wasf_inbox_bodies", "Webhooks that wait to be read.", registry=registry
        )
        self._not_understood = Gauge(
            "wasf_not_understood_bodies", "Webhooks that are kept and not understood.",
            registry=registry,
        )  # fmt: skip

    def count_webhook(self, sender: str, status: int, seconds: float) -> None:
        """Count a webhook, its answer, and how long that took."""
        self._webhooks.labels(sender, str(status)).inc()
        self._seconds.observe(seconds)

    def count_postponed(self) -> None:
        """Count a sync that did not run because another run was at work."""
        self._syncs.labels("another run").inc()

    def count_sync(self, logged: int, *, failed: bool) -> None:
        """Count a sync and the messages that it logged."""
        self._logged.inc(logged)
        self._syncs.labels("failed" if failed else "done").inc()
        if not failed:
            self._last_sync.set_to_current_time()

    def note_inbox(self, counts: InboxCounts) -> None:
        """Note what the inbox holds now."""
        self._inbox.set(counts.waiting)
        self._not_understood.set(sum(counts.not_understood.values()))

    def text(self) -> bytes:
        """Return all of them in Prometheus' text format."""
        return generate_latest(self._registry)
