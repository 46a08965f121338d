"""RPCs on single codes: read, verify, use, revert and switch. Methods in the order of the proto."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

from google.protobuf.message import Message
from redeem.serialkey.v1 import requests_pb2 as pb

from redeemd.event.recorder import emits
from redeemd.resources import master_data
from redeemd.resources.common import CommonRpcs
from redeemd.resources.namespaces import NamespaceKey
from redeemd.rpc.call import Call
from redeemd.rpc.marks import InSets, authorized, in_sets, one_statement, prepared
from redeemd.serialkey import acting, events, formats, lookup, redeeming, render
from redeemd.serialkey.actions import ISSUE_ONCE, REVERT_USE, USE, VERIFY_CODE
from redeemd.serialkey.codec.codecs import Codecs
from redeemd.serialkey.codec.codes import mask
from redeemd.serialkey.codec.loading import load_bulk
from redeemd.serialkey.definition import CAMPAIGN
from redeemd.serialkey.errors import CampaignModelNotFound, CodeNotFound, SerialKeyNotFound
from redeemd.serialkey.guessing.guesses import UNMETERED, Guess, Guesses, Unmetered
from redeemd.serialkey.limits import reverts, uses
from redeemd.serialkey.limits.known import KnownLimits
from redeemd.serialkey.limits.uses import CAMPAIGN_CODE, Place
from redeemd.serialkey.lookup import Found, TypedCode
from redeemd.serialkey.queries import QUERIES
from redeemd.serialkey.validity import Availability
from redeemd.store.base import Body, Row, Store
from redeemd.transaction.acting import acts
from redeemd.transaction.opening import Whole, signed_sheet, signed_task, signed_verify_task
from redeemd.transaction.sheets import SheetPart
from redeemd.transaction.signed import SheetRunner

# The requests with a code.
_CodeRequest = (
    pb.GetSerialKeyRequest
    | pb.VerifyCodeRequest
    | pb.VerifyCodeByUserIdRequest
    | pb.UseRequest
    | pb.UseByUserIdRequest
    | pb.RevertUseByUserIdRequest
    | pb.SetSerialKeyStatusRequest
)

Take = Callable[[Call[object], NamespaceKey, str], Awaitable[Guess | Unmetered]]
Read = Callable[[Body[Found | None]], Awaitable[Found | None]]


class CodeRpcs(CommonRpcs):
    """See SerialKeyService in the proto."""

    store: Store
    codecs: Codecs
    guesses: Guesses
    signed: SheetRunner
    known_limits: KnownLimits

    async def _typed_code(self, call: Call[_CodeRequest]) -> TypedCode:
        namespace = await self.namespaces.find(call.request.namespace_name)
        read = partial(self.store.run, write=False, autocommit=True)
        return await self._typed(call, namespace, self.guesses.reserve, read)

    async def _typed_code_inside(self, call: Call[_CodeRequest]) -> TypedCode:
        namespace = await self.known_namespace(call)
        return await self._typed(call, namespace, self.guesses.reserved, lambda body: body(call.tx))

    async def _typed(self, call: Call[_CodeRequest], namespace: NamespaceKey, take: Take, read: Read) -> TypedCode:
        """Identify the text of a request. Unless it is a serial key, `take` a guess, then look it up with `read`."""
        codecs, text = self.codecs.of(namespace), call.request.code
        found: Found | None = codecs.decode(text)
        if found is None and not codecs.formats.loaded:
            found = await read(lambda tx: formats.decode(tx, namespace, codecs, text))
        guess: Guess | Unmetered = UNMETERED
        if found is None:
            guess = await take(call, namespace, text)
            with guess:
                found = await read(lambda tx: lookup.find(tx, namespace, codecs, text, now=call.now))
        if isinstance(found, str):
            return TypedCode(namespace, found, None, guess)
        return TypedCode(namespace, text, found, guess)

    async def _typed_codes(self, calls: Sequence[Call[_CodeRequest]]) -> list[TypedCode | None]:
        """Return the plans of calls in one namespace; None for a text that is no serial key."""
        namespace = await self.namespaces.find(calls[0].request.namespace_name)
        await load_bulk()
        texts = [call.request.code for call in calls]
        found = self.codecs.of(namespace).decode_many(texts)
        return [code and TypedCode(namespace, text, code) for text, code in zip(texts, found, strict=True)]

    async def _known_code(self, call: Call[_CodeRequest]) -> TypedCode:
        with _as_serial_key_not_found():
            return await self._typed_code(call)

    async def _state(self, call: Call[object], typed: TypedCode) -> tuple[Place, redeeming.CodeState]:
        namespace_id, code = typed.namespace.namespace_id, typed.code
        if code is None:
            number, state = await redeeming.campaign_code(call.tx, namespace_id, typed.text, now=call.now)
            return Place(namespace_id, number, CAMPAIGN_CODE), state
        state = await redeeming.read(call.tx, namespace_id, code, now=call.now)
        return Place(namespace_id, code.campaign_number, code.sequence), state

    def _item(self, call: Call[object], typed: TypedCode, state: redeeming.CodeState) -> dict[str, object]:
        text = typed.text if typed.code is None else typed.code.text
        if call.caller.sees_codes_masked:
            text = mask(text)
        return render.serial_key(self.grns, typed.namespace.name, text, state)

    def _reply(self, call: Call[object], typed: TypedCode, state: redeeming.CodeState, **more: object) -> Message:
        if state.model is None:
            raise CampaignModelNotFound
        model = master_data.render(state.campaign_name, state.model, self.grns, typed.namespace.name, CAMPAIGN)
        return call.reply(item=self._item(call, typed, state), campaign_model=model, **more)

    @one_statement
    @prepared(_known_code)
    async def GetSerialKey(self, call: Call[pb.GetSerialKeyRequest], typed: TypedCode) -> Message:
        with _as_serial_key_not_found():
            _, state = await self._state(call, typed)
        return self._reply(
            call,
            typed,
            state,
            issue_job=None if state.job is None else render.issue_job(self.grns, typed.namespace.name, state.job),
            valid_from=state.validity.start,
            valid_until=state.validity.end,
        )

    @one_statement
    @prepared(_typed_code)
    async def VerifyCode(self, call: Call[pb.VerifyCodeRequest], typed: TypedCode) -> Message:
        assert call.caller.user_id is not None
        return await self._verify(call, typed, user_id=call.caller.user_id)

    @one_statement
    @prepared(_typed_code, inside=_typed_code_inside)
    async def VerifyCodeByUserId(self, call: Call[pb.VerifyCodeByUserIdRequest], typed: TypedCode) -> Message:
        return await self._verify(call, typed, user_id=call.request.user_id)

    async def _verify(
        self, call: Call[pb.VerifyCodeRequest | pb.VerifyCodeByUserIdRequest], typed: TypedCode, *, user_id: str
    ) -> Message:
        active, campaign_name = call.request.verify_type == pb.VERIFY_TYPE_ACTIVE, call.request.campaign_model_name
        with typed.guess:
            place, state = await self._state(call, typed)
            await uses.verify(call.tx, place, state, user_id=user_id, active=active, campaign_name=campaign_name)
        return self._reply(call, typed, state)

    @one_statement
    @prepared(_typed_code)
    @emits(events.used, by_statement=True)
    async def Use(self, call: Call[pb.UseRequest], typed: TypedCode) -> Message:
        assert call.caller.user_id is not None
        return await self._use(call, typed, user_id=call.caller.user_id)

    def _using(self, call: Call[pb.UseByUserIdRequest], typed: TypedCode) -> Mapping[str, object]:
        assert typed.code is not None
        user_id = call.request.user_id
        return redeeming.using(typed.namespace.namespace_id, typed.code, user_id=user_id, now=call.now)

    def _used(self, call: Call[pb.UseByUserIdRequest], typed: TypedCode, row: Row) -> Message:
        assert typed.code is not None
        return self._reply(call, typed, redeeming.used(row, typed.code, user_id=call.request.user_id, now=call.now))

    @one_statement
    @prepared(_typed_code, inside=_typed_code_inside)
    @emits(events.used, by_statement=True)
    @acts(acting.use)
    @in_sets(InSets(QUERIES.serial_key_use, _typed_codes, _using, _used))
    async def UseByUserId(self, call: Call[pb.UseByUserIdRequest], typed: TypedCode) -> Message:
        return await self._use(call, typed, user_id=call.request.user_id)

    async def _use(self, call: Call[object], typed: TypedCode, *, user_id: str) -> Message:
        with typed.guess:
            namespace_id, now = typed.namespace.namespace_id, call.now
            if typed.code is None:
                state = await uses.use_campaign_code(call.tx, namespace_id, typed.text, user_id=user_id, now=now)
            else:
                state = await uses.use(call.tx, namespace_id, typed.code, self.known_limits, user_id=user_id, now=now)
        return self._reply(call, typed, state)

    @prepared(_typed_code, inside=_typed_code_inside)
    @emits(events.reverted)
    async def RevertUseByUserId(self, call: Call[pb.RevertUseByUserIdRequest], typed: TypedCode) -> Message:
        with typed.guess:
            namespace_id, user_id = typed.namespace.namespace_id, call.request.user_id
            if typed.code is None:
                state, reverted = await reverts.revert_campaign_code(
                    call.tx, namespace_id, typed.text, user_id=user_id, now=call.now
                )
                call.noted = typed.text if reverted else None
            else:
                state = await reverts.revert(call.tx, namespace_id, typed.code, user_id=user_id, now=call.now)
        return self._reply(call, typed, state)

    @authorized(signed_task)
    async def UseByStampTask(self, call: Call[pb.UseByStampTaskRequest], part: SheetPart) -> Message:
        return await self.signed.run_task_as(call, part, USE)

    @authorized(signed_sheet)
    async def RevertUseByStampSheet(self, call: Call[pb.RevertUseByStampSheetRequest], whole: Whole) -> Message:
        return await self.signed.run_sheet_as(call, whole, REVERT_USE)

    @authorized(signed_verify_task)
    async def VerifyByStampTask(self, call: Call[pb.VerifyByStampTaskRequest], part: SheetPart) -> Message:
        return await self.signed.run_task_as(call, part, VERIFY_CODE)

    @authorized(signed_sheet)
    async def IssueOnceByStampSheet(self, call: Call[pb.IssueOnceByStampSheetRequest], whole: Whole) -> Message:
        return await self.signed.run_sheet_as(call, whole, ISSUE_ONCE)

    @prepared(_known_code)
    @emits(events.code_switched)
    async def SetSerialKeyStatus(self, call: Call[pb.SetSerialKeyStatusRequest], typed: TypedCode) -> Message:
        if typed.code is None:
            raise SerialKeyNotFound
        availability = Availability(call.request.availability)
        with _as_serial_key_not_found():
            state = await redeeming.set_status(
                call.tx,
                typed.namespace.namespace_id,
                typed.code,
                availability,
                call.request.reason or None,
                now=call.server_now,
            )
        return call.reply(item=self._item(call, typed, state))


@contextmanager
def _as_serial_key_not_found() -> Iterator[None]:
    """Translate CodeNotFound to SerialKeyNotFound, the documented refusal of RPCs that look up a code."""
    try:
        yield
    except CodeNotFound:
        raise SerialKeyNotFound from None
