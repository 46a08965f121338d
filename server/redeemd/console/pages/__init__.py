"""The pages of the console. A new page is a module that is added here."""

from redeemd.console.page import Page
from redeemd.console.pages import (
    batches,
    campaigns,
    code,
    deliveries,
    events,
    exchanges,
    guesses,
    import_progress,
    importing,
    keys,
    limits,
    master_data,
    namespaces,
    players,
    servers,
    sheet,
)

PAGES: tuple[Page, ...] = (
    *namespaces.PAGES,
    *campaigns.PAGES,
    *batches.PAGES,
    *sheet.PAGES,
    *importing.PAGES,
    *import_progress.PAGES,
    *exchanges.PAGES,
    *limits.PAGES,
    *master_data.PAGES,
    *code.PAGES,
    *players.PAGES,
    *guesses.PAGES,
    *events.PAGES,
    *deliveries.PAGES,
    *keys.PAGES,
    *servers.PAGES,
)
