"""Two editors of the same master data cannot overwrite each other: each requires the revision that it read."""

import asyncio
import json
from functools import partial

import pytest
from support.exchanges import make_exchanges
from support.limits import make_limits
from support.service import read_refusal, refused
from support.uploads import uploaded
from support.world import World

PRE_UPLOAD = 2
# By service: the name of its document, its version, its list of models, and one model.
DOCUMENTS = {
    "serialkey": ("Campaign", "2022-09-13", "campaignModels", {}),
    "limit": ("Limit", "2019-04-05", "limitModels", {"resetType": "notReset"}),
    "exchange": ("Rate", "2019-08-19", "rateModels", {}),
}


class Editor:
    """Edits the master data of a namespace of one service."""

    def __init__(self, place, service):
        self.place = place
        self.document, self.version, self.models, self.model = DOCUMENTS[service]

    def text(self, name):
        """Return a document with one model."""
        return json.dumps({"version": self.version, self.models: [{"name": name, **self.model}]})

    async def current(self):
        """Return the document in force."""
        return (await self.place.call(f"GetCurrent{self.document}Master")).item

    async def put(self, name, **fields):
        """Put a document with one model in force; return what the server says is in force."""
        return (await self.place.call(f"UpdateCurrent{self.document}Master", settings=self.text(name), **fields)).item


@pytest.fixture(params=sorted(DOCUMENTS))
async def editor(request, service):
    """An editor of a namespace with a document in force, for each service."""
    make = {
        "serialkey": service.world,
        "limit": partial(make_limits, service),
        "exchange": partial(make_exchanges, service),
    }
    editor = Editor(await make[request.param](), request.param)
    await editor.put("earlier")
    return editor


async def test_the_revision_counts_changes(editor):
    """The response and GetCurrent agree; the same document again is no change."""
    first = (await editor.current()).revision
    assert [(await editor.put(name)).revision - first for name in ("a", "a", "b")] == [1, 1, 2]
    assert (await editor.current()).revision == first + 2


async def test_an_edit_of_an_earlier_revision_is_refused_and_changes_nothing(editor):
    """The refusal names both revisions, and the earlier edit stays in force."""
    read = (await editor.current()).revision
    await editor.put("first", expected_revision=read)
    with refused("MASTER_DATA_CHANGED") as refusal:
        await editor.put("second", expected_revision=read)
    assert refusal.metadata["revision"] == str(read + 1)
    assert refusal.metadata["expected_revision"] == str(read)
    assert (await editor.current()).settings == editor.text("first")


async def test_an_edit_whose_reply_was_lost_can_be_repeated(editor):
    """The document is in force already, so the retry succeeds."""
    read = (await editor.current()).revision
    replies = [await editor.put("a", expected_revision=read) for _ in range(2)]
    assert replies[0] == replies[1]


async def test_of_many_editors_at_once_exactly_one_succeeds(editor):
    """Each has read the same revision."""
    read = (await editor.current()).revision
    puts = [editor.put(f"by{number}", expected_revision=read) for number in range(8)]
    done = await asyncio.gather(*puts, return_exceptions=True)
    succeeded = [reply for reply in done if not isinstance(reply, BaseException)]
    assert {read_refusal(error).reason for error in done if isinstance(error, BaseException)} == {"MASTER_DATA_CHANGED"}
    assert len(succeeded) == 1
    assert (await editor.current()) == succeeded[0]


async def test_revision_zero_requires_that_there_is_no_document(service):
    """The first of two editors of a new namespace succeeds."""
    world = World(service, "no-document-yet")
    await service.call("CreateNamespace", name=world.name)
    editor = Editor(world, "serialkey")
    first = await editor.put("a", expected_revision=0)
    assert first.revision == 1
    with refused("MASTER_DATA_CHANGED"):
        await editor.put("b", expected_revision=0)


async def test_a_refused_upload_can_be_used_again(editor):
    """A document that was uploaded and is refused for its revision is not lost."""
    read = (await editor.current()).revision
    token = await uploaded(
        editor.place, editor.text("uploaded").encode(), rpc=f"PreUpdateCurrent{editor.document}Master"
    )
    fields = {"mode": PRE_UPLOAD, "upload_token": token}
    with refused("MASTER_DATA_CHANGED"):
        await editor.place.call(f"UpdateCurrent{editor.document}Master", **fields, expected_revision=read + 1)
    reply = await editor.place.call(f"UpdateCurrent{editor.document}Master", **fields, expected_revision=read)
    assert reply.item.settings == editor.text("uploaded")
