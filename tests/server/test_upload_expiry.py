"""Uploads that nobody takes, that broke off, or whose namespace is gone, are removed in time."""

import asyncio

from support.service import refused
from support.uploads import HOUR, WEEK, document, in_pieces, keep_house, prepare, rows, take


async def test_an_upload_that_is_not_used_in_time_is_removed(own_service):
    """Ten minutes to come, an hour to be taken; then it cannot be, and the housekeeping leaves no row of it."""
    world = await own_service.world()
    await prepare(world)
    token, url = await prepare(world)
    await own_service.http("PUT", url, data=in_pieces(document("a", chunks=30)))
    await keep_house(own_service)
    assert await rows(own_service) == (2, 30)
    own_service.clock.advance(seconds=600)
    await keep_house(own_service)
    assert await rows(own_service) == (1, 30)
    own_service.clock.now += (HOUR - 600) * 1000 - 1
    await keep_house(own_service)
    assert await rows(own_service) == (1, 30)
    own_service.clock.now += 1
    with refused("UPLOAD_NOT_FOUND"):
        await take(world, token)
    await keep_house(own_service)
    assert await rows(own_service) == (0, 0)


async def test_an_upload_can_be_taken_until_its_hour_is_over(own_service):
    """In the last millisecond it is taken; a week later no row of it is left."""
    world = await own_service.world()
    token, url = await prepare(world)
    await own_service.http("PUT", url, data=document("a", chunks=3))
    own_service.clock.now += HOUR * 1000 - 1
    await keep_house(own_service)
    await take(world, token)
    own_service.clock.advance(seconds=WEEK)
    await keep_house(own_service)
    assert await rows(own_service) == (0, 0)


async def test_what_was_cut_off_or_came_too_late_is_removed(own_service):
    """Chunks of uploads that failed, and of those that lost a race, go with the one that counted."""
    world = await own_service.world()
    _, url = await prepare(world)
    puts = (own_service.http("PUT", url, data=in_pieces(document("a", chunks=9))) for _ in range(4))
    assert sorted(answer.status for answer in await asyncio.gather(*puts)) == [204, 409, 409, 409]
    own_service.clock.advance(seconds=HOUR)
    await keep_house(own_service)
    assert await rows(own_service) == (0, 0)


async def test_replicas_that_remove_at_once_leave_no_chunk(own_service):
    """The upload goes after the last of its chunks, whichever of the replicas removes it."""
    world = await own_service.world()
    _, url = await prepare(world)
    await own_service.http("PUT", url, data=in_pieces(document("a", chunks=60)))
    assert await rows(own_service) == (1, 60)
    own_service.clock.advance(seconds=HOUR)
    await keep_house(own_service, replicas=4)
    assert await rows(own_service) == (0, 0)


async def test_a_deleted_namespace_leaves_no_upload(own_service):
    """Its uploads are removed with the rest of it, also one that comes while it is being emptied."""
    world = await own_service.world()
    (_, stored), (_, late) = [await prepare(world) for _ in range(2)]
    await own_service.http("PUT", stored, data=document("a", chunks=3))
    await world.call("DeleteNamespace")
    await own_service.maintenance.step()
    assert (await own_service.http("PUT", late, data=document("a", chunks=3))).status == 404
    await keep_house(own_service)
    assert await rows(own_service) == (0, 0)
