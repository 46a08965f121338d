"""Creates the components that several services share."""

from dataclasses import dataclass

from redeemd.app import scripts
from redeemd.app.ports import Ports
from redeemd.auth.authorize import Authorizer
from redeemd.auth.peers import Peers
from redeemd.auth.providers import Providers
from redeemd.auth.tokens import Tokens
from redeemd.base.clock import Clock
from redeemd.base.telemetry import Telemetry
from redeemd.base.wake import Wake
from redeemd.config import Settings
from redeemd.crypto.keyring import KeyRing
from redeemd.event.feed import Feed
from redeemd.event.recorder import Events
from redeemd.handlers.runtime import HandlerRuntime
from redeemd.http.links import Links
from redeemd.http.uploads import Uploads
from redeemd.idempotency.idempotency import Idempotency
from redeemd.resources.github import GitHub
from redeemd.resources.paging import Pager
from redeemd.script.scripts import Scripts
from redeemd.serialkey.codec.codecs import Codecs
from redeemd.serialkey.events import Codes
from redeemd.store.base import Store
from redeemd.transaction.after_scripts import AfterScripts
from redeemd.webhooks.cloud_events import source_of
from redeemd.webhooks.runtime import WebhookRuntime


@dataclass(frozen=True, slots=True)
class Foundation:
    """The components that several services share. `chores_due` wakes the housekeeping."""

    settings: Settings
    store: Store
    ring: KeyRing
    clock: Clock
    telemetry: Telemetry
    chores_due: Wake
    access: Authorizer
    checkout: GitHub
    codecs: Codecs
    events: Events
    feed: Feed
    handlers: HandlerRuntime
    idempotency: Idempotency
    links: Links
    pager: Pager
    scripts: Scripts
    uploads: Uploads
    webhooks: WebhookRuntime

    @property
    def after_scripts(self) -> AfterScripts:
        """What has scripts run after events."""
        return AfterScripts(self.scripts, self.handlers.outbox)


def lay(
    settings: Settings, store: Store, ring: KeyRing, ports: Ports, *, clock: Clock, telemetry: Telemetry
) -> Foundation:
    """Create the components that several services share."""
    feed = Feed(store)
    codecs = Codecs(ring)
    events = Events(kept=settings.event_retention_seconds > 0, wake=feed.wake)
    idempotency = Idempotency(ring)
    links = Links(ring, ports.public_url)
    return Foundation(
        settings=settings,
        store=store,
        ring=ring,
        clock=clock,
        telemetry=telemetry,
        chores_due=Wake(),
        access=_access(settings, store, ring, clock),
        checkout=GitHub(settings.github_url, settings.read_github_keys()),
        codecs=codecs,
        events=events,
        feed=feed,
        handlers=HandlerRuntime(
            settings.read_action_handlers(),
            store=store,
            ring=ring,
            clock=clock,
            telemetry=telemetry,
            events=events,
            idempotency=idempotency,
        ),
        idempotency=idempotency,
        links=links,
        pager=Pager(ring.child(ring.oldest, "page/v1")),
        scripts=scripts.of(settings),
        uploads=Uploads(store, ring, links),
        webhooks=WebhookRuntime(
            settings.read_webhooks(),
            store=store,
            feed=feed,
            key=ring.child(ring.oldest, "webhook/v1"),
            show_code=Codes(codecs).show,
            source=source_of(settings.owner_id, settings.region),
            clock=clock,
            telemetry=telemetry,
        ),
    )


def _access(settings: Settings, store: Store, ring: KeyRing, clock: Clock) -> Authorizer:
    identities = settings.read_identities()
    return Authorizer(
        store,
        Tokens(ring),
        enabled=settings.auth == "on",
        time_offsets=settings.time_offsets,
        peers=None if settings.identities is None else Peers(identities),
        providers=None if settings.identities is None else Providers(identities, clock),
    )
