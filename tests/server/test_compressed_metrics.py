"""Metrics in the encoding that a scraper accepts."""

import aiohttp
import pytest


@pytest.mark.parametrize(("accepted", "encoding"), [("gzip", "gzip"), ("identity", None), (None, None)])
async def test_metrics_are_compressed_for_scrapers_that_accept_it(service, accepted, encoding):
    """With the same content, and not for others."""
    headers = {} if accepted is None else {"Accept-Encoding": accepted}
    url = f"http://127.0.0.1:{service.app.components.ports.http_port}/metrics"
    async with (
        aiohttp.ClientSession(skip_auto_headers=["Accept-Encoding"]) as session,
        session.get(url, headers=headers) as response,
    ):
        assert response.headers.get("Content-Encoding") == encoding
        assert "grpc_server_handled_total" in await response.text()
