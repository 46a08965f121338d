"""Guesses at the codes of a namespace: whether it is under attack."""

from aiohttp import web
from redeem.serialkey.v1 import requests_pb2 as pb

from redeemd.console.page import Page
from redeemd.console.visit import Visit


async def show(visit: Visit) -> web.StreamResponse:
    """Return the page of the guesses in a namespace."""
    namespace = visit.part("namespace")
    alarm = await visit.call(pb.GetGuessAlarmRequest(namespace_name=namespace), pb.GetGuessAlarmResponse)
    return await visit.render("guesses.html", namespace=namespace, alarm=alarm.item)


PAGES = (Page("/codes/{namespace}/guesses", show),)
