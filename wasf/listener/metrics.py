"""The figures that Prometheus asks for; none of them says anything of a person."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Figures:
    """One listener's figures."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self._registry = registry
        self.webhooks = Counter(
            "wasf_webhooks", "Webhooks by sender and answer.", ["sender", "status"],
            registry=registry,
        )  # fmt: skip
        self.seconds = Histogram(
            "wasf_webhook_seconds", "From a webhook's head to its answer.", buckets=_SECONDS,
            registry=registry,
        )  # fmt: skip
        self.logged = Counter(
            "wasf_messages_logged", "Messages logged in Salesforce.", registry=registry
        )
        self.syncs = Counter("wasf_syncs", "Syncs by how they ended.", ["ended"], registry=registry)
        self.last_sync = Gauge(
            "wasf_last_sync_timestamp_seconds", "When a sync last went well.", registry=registry
        )
        self.inbox = Gauge("wasf_inbox_bodies", "Webhooks that wait to be read.", registry=registry)
        self.not_understood = Gauge(
            "wasf_not_understood_bodies", "Webhooks that are kept and not understood.",
            registry=registry,
        )  # fmt: skip

    def text(self) -> bytes:
        """All of them in Prometheus' text format."""
        return generate_latest(self._registry)
