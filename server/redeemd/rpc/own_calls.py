"""Calls of a method that the server itself makes: without credential and admission, with all rules around the body."""

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message

from redeemd.base.trace import Trace
from redeemd.rpc.call import Authorized, Call, Caller
from redeemd.rpc.method import Method
from redeemd.rpc.pipeline import Execution
from redeemd.rpc.runtime import Runtime


class OwnCalls:
    """Makes calls of one unary method that has an authorization step."""

    def __init__(self, descriptor: MethodDescriptor, servicer: object, runtime: Runtime) -> None:
        """Raise TypeError for a method that cannot be bound."""
        self._method = Method.of(descriptor, servicer)
        self._execution = Execution(self._method, runtime)
        self._clock = runtime.clock

    async def make(
        self, request: Message, authorized: Authorized[object], *, actor: str, chain: int, trace: Trace | None
    ) -> Message:
        """Return the reply to a call; `authorized` is what its authorization step would return for the request.

        `actor` is named in the events of the call; `chain` is that of the call. Raises its refusal, or a StoreError.
        """
        now = self._clock.now_ms()
        method = self._method
        call: Call[Message] = Call(request, Caller(key_id=actor), now, now, method.name, method.reply_type)
        call.authorized, call.plan = authorized, authorized.plan
        call.chain, call.trace = chain, trace
        return await self._execution.reply(call)
