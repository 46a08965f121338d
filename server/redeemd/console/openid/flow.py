"""The authorization code flow of OpenID Connect with PKCE: leads to the provider, and takes its response."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web

from redeemd.base.log import Severity
from redeemd.base.telemetry import Telemetry
from redeemd.config.openid import OpenIdClient
from redeemd.console import guard
from redeemd.console.calls import Refused
from redeemd.console.login import WRONG_MS, Login
from redeemd.console.openid.attempts import Attempt, Attempts
from redeemd.console.openid.provider import Metadata, Provider, ProviderRefused, ProviderUnavailable
from redeemd.console.session import Session, TooLong
from redeemd.errors import CredentialInvalid, IdentityProviderUnavailable
from redeemd.http.peer import peer_of

BEGIN = "/console/login/provider"
CALLBACK = "/console/login/callback"  # registered at the provider, as is the log-in page for after the log-out
_CODE_LENGTH_MAX = 4096

# Returns the claims of a token, and its expiry in Unix milliseconds. Raises CredentialInvalid, unless its signature,
# its issuer, one of its audiences and its times are right, or IdentityProviderUnavailable.
Verify = Callable[[str], Awaitable[tuple[Mapping[str, object], int]]]


class _Wrong(Exception):
    """A log-in fails: a problem of redeemd.console.login.PROBLEMS, and its cause, for the log."""

    def __init__(self, problem: str, cause: str) -> None:
        super().__init__(cause)
        self.problem = problem
        self.cause = cause


@dataclass(frozen=True, slots=True)
class OpenId:
    """Logs people in with ID tokens of a provider."""

    client: OpenIdClient
    provider: Provider
    attempts: Attempts
    verify: Verify
    login: Login
    telemetry: Telemetry

    async def begin(self, request: web.Request, language: str, *, now: int) -> web.Response:
        """Lead to the provider. A link does, not a form: form-action of the policy holds for redirects of forms too."""
        if request.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}:
            return await self.login.show(request, language, problem="origin")
        try:
            metadata = await self.provider.metadata()
        except ProviderUnavailable as problem:
            self._report(str(problem))
            return await self.login.show(request, language, problem="provider")
        attempt = Attempt.begin(guard.local(request.query.get("next", "")), now=now)
        response = guard.redirect(self._authorization_url(metadata, attempt))
        self.attempts.keep(request, response, attempt)
        return response

    def _authorization_url(self, metadata: Metadata, attempt: Attempt) -> str:
        return _with_query(
            metadata.authorization_endpoint,
            response_type="code",
            client_id=self.client.client_id,
            redirect_uri=self._url(CALLBACK),
            scope=self.client.scopes,
            state=attempt.state,
            nonce=attempt.nonce,
            code_challenge=attempt.challenge,
            code_challenge_method="S256",
        )

    async def finish(self, request: web.Request, language: str, *, now: int) -> web.Response:
        """Take the response of the provider, and log somebody in."""
        attempt = self.attempts.find(request, request.query.get("state", ""))
        if attempt is None:
            return await self.login.show(request, language, problem="attempt")
        try:
            response = await self._entered(request, attempt, language, now=now)
        except _Wrong as wrong:
            self._report(wrong.cause)
            if wrong.problem in {"response", "role"}:
                await self.login.tarpit.wait(WRONG_MS)
            response = await self.login.show(request, language, problem=wrong.problem, back=attempt.next)
        except Refused as refused:
            response = await self.login.show(request, language, refusal=refused, back=attempt.next)
        self.attempts.end(response, attempt)
        return response

    async def _entered(self, request: web.Request, attempt: Attempt, language: str, *, now: int) -> web.Response:
        """Return a page that leads on. Raises _Wrong or Refused.

        A page and no redirect: to a redirect of another site browsers would not send the cookie of the session.
        """
        try:
            token, ends = await self._token(request, attempt)
        except (ProviderUnavailable, IdentityProviderUnavailable) as problem:
            raise _Wrong("provider", str(problem) or "the keys of the provider cannot be fetched") from None
        values = {"language": language, "next": attempt.next}
        text = await self.login.renderer.render("entered.html", language, values)
        response = web.Response(text=text, content_type="text/html", headers=guard.HEADERS)
        try:
            self.login.cookies.begin(response, Session.begin(token, now=now, good_until=ends))
        except TooLong:
            raise _Wrong("token", "the ID token does not fit into a cookie") from None
        await self._check_role(token, peer_of(request))
        return response

    async def _token(self, request: web.Request, attempt: Attempt) -> tuple[str, int]:
        """Return an ID token that is for this log-in, and its expiry. Raises _Wrong or what the provider raises."""
        code = _code(request.query, await self.provider.metadata())
        try:
            token = await self.provider.id_token(code, verifier=attempt.verifier, redirect_url=self._url(CALLBACK))
            claims, ends = await self.verify(token)
        except ProviderRefused as refused:
            raise _Wrong("response", f"the provider refuses the code: {_shown(str(refused))}") from None
        except CredentialInvalid:
            raise _Wrong("response", "the ID token is not one of the provider for redeemd, or has expired") from None
        problem = _claims_problem(claims, self.client.client_id, attempt.nonce)
        if problem:
            raise _Wrong("response", f"the ID token {problem}")
        return token, ends

    async def _check_role(self, token: str, peer: str) -> None:
        try:
            await self.login.check(token, peer)
        except Refused as refused:
            if refused.reason == "CREDENTIAL_INVALID":  # though the token is right
                raise _Wrong("role", "the ID token has no role, or no sub") from None
            raise

    async def leave(self, session: Session | None, language: str) -> web.Response | None:
        """Return a page that lets a browser log out at the provider as well; None if it offers none, or is unknown."""
        try:
            url = None if session is None else (await self.provider.metadata()).end_session_endpoint
        except ProviderUnavailable:
            return None
        if session is None or url is None or not await self._is_its(session):
            return None
        values = {
            "language": language,
            "url": url,
            "fields": {
                "id_token_hint": session.credential,
                "client_id": self.client.client_id,
                "post_logout_redirect_uri": self._url("/console/login"),
            },
        }
        text = await self.login.renderer.render("leaving.html", language, values)
        response = web.Response(text=text, content_type="text/html", headers=guard.leaving_headers(url))
        self.login.cookies.end(response)
        return response

    async def _is_its(self, session: Session) -> bool:
        """Return whether the credential of a session is a token of this provider for the client."""
        try:
            claims, _ = await self.verify(session.credential)
        except (CredentialInvalid, IdentityProviderUnavailable):
            return False
        return self.client.client_id in _audiences(claims)

    def _report(self, problem: str) -> None:
        """Log why somebody could not log in."""
        self.telemetry.event("console_login_failed", Severity.WARNING, problem=problem)

    def _url(self, path: str) -> str:
        return f"{self.client.url}{path}"


def _code(query: Mapping[str, str], metadata: Metadata) -> str:
    """Return the code of a response (RFC 6749, section 4.1.2, and RFC 9207). Raises _Wrong."""
    issuer = query.get("iss")
    if issuer != metadata.issuer and (issuer is not None or metadata.states_issuer):
        raise _Wrong("response", "the response is of another issuer")
    error = query.get("error")
    if error is not None:
        raise _Wrong("cancelled" if error == "access_denied" else "response", f"the provider says {_shown(error)}")
    code = query.get("code", "")
    if not 0 < len(code) <= _CODE_LENGTH_MAX:
        raise _Wrong("response", "the response has no code")
    return code


def _claims_problem(claims: Mapping[str, object], client_id: str, nonce: str) -> str:
    """Return why an ID token is not for a client and a log-in (OpenID Connect Core 1.0, 3.1.3.7); "" if it is."""
    audiences, party = _audiences(claims), claims.get("azp")
    if client_id not in audiences:
        return "is for another client"
    if party != client_id and (party is not None or len(audiences) > 1):
        return "was issued to another client"
    return "" if claims.get("nonce") == nonce else "is of another log-in"


def _audiences(claims: Mapping[str, object]) -> list[object]:
    audience = claims.get("aud")
    return audience if isinstance(audience, list) else [audience]


def _with_query(url: str, **fields: str) -> str:
    """Return a URL with more parameters (RFC 6749, section 3.1, lets it have some)."""
    return f"{url}{'&' if '?' in url else '?'}{urlencode(fields)}"


def _shown(error: str) -> str:
    """Return the error of a provider for a line of the log."""
    return error[:64] if error.isascii() and error.isprintable() else "an error that is no text"
