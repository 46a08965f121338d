"""Serves the pages: finds out who asks, refuses forms of other sites, and shows refusals of methods."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler

from redeemd.console import forms, guard, languages
from redeemd.console.assets import Assets
from redeemd.console.calls import Refused
from redeemd.console.cookies import Cookies
from redeemd.console.login import Login
from redeemd.console.multipart import Parts
from redeemd.console.openid import flow
from redeemd.console.openid.flow import OpenId
from redeemd.console.page import Page
from redeemd.console.visit import Tools, Visit
from redeemd.errors import ServiceError
from redeemd.http.limits import HttpLimits
from redeemd.http.refusal import Refused as BadRequest


@dataclass(frozen=True, slots=True)
class Console:
    """The console of a server."""

    tools: Tools
    cookies: Cookies
    login: Login
    openid: OpenId | None
    assets: Assets
    limits: HttpLimits

    def routes(self, pages: Iterable[Page]) -> list[web.RouteDef]:
        """Return the routes of an HTTP server."""
        found = [
            web.get("/console", _to_first_page),
            web.get("/console/static/{name}", self.assets.serve),
            web.get("/console/login", self._show_login),
            web.post("/console/login", self._log_in),
            web.post("/console/logout", self._log_out),
            web.post("/console/language", self._use_language),
            *([] if self.openid is None else self._openid_routes(self.openid)),
        ]
        for page in pages:
            found.append(web.get(f"/console{page.path}", self._showing(page)))
            if page.actions:
                found.append(web.post(f"/console{page.path}", self._acting(page)))
        return [*found, web.get("/console/{rest:.*}", self._showing(Page("", _not_found)))]

    def _openid_routes(self, openid: OpenId) -> list[web.RouteDef]:
        async def begin(request: web.Request) -> web.StreamResponse:
            return await openid.begin(request, languages.choose(request), now=self.tools.now())

        async def finish(request: web.Request) -> web.StreamResponse:
            return await openid.finish(request, languages.choose(request), now=self.tools.now())

        return [web.get(flow.BEGIN, begin), web.get(flow.CALLBACK, finish)]

    def _showing(self, page: Page) -> Handler:
        async def show(request: web.Request) -> web.StreamResponse:
            visit = await self._visit(request)
            return self.login.required(request) if visit is None else await self._shown(page, visit)

        return show

    def _acting(self, page: Page) -> Handler:
        async def act(request: web.Request) -> web.StreamResponse:
            visit = await self._visit(request)
            if visit is None:
                return self.login.required(request)
            form = await self._form(request, files=page.files, bytes_max=forms.FORM_BYTES_MAX)
            action = page.actions.get("" if form is None else form.fields.get("action", ""))
            if form is None or action is None or not _is_trusted(request, form.fields, visit.session.csrf):
                visit.status = 400 if form is None else 403
                return await visit.render("forbidden.html")
            visit.form, visit.file = form
            try:
                response = await action(visit)
            except Refused as refused:
                visit.refusal = refused
                return await self._shown(page, visit)
            return self._after(visit, response or visit.go(request.path_qs))

        return act

    async def _visit(self, request: web.Request) -> Visit | None:
        """Return the visit of somebody who is logged in; None for anybody else."""
        session = self.cookies.session(request)
        if session is None:
            return None
        try:
            caller = await self.tools.identities.of(session.credential)
        except ServiceError:  # the key was revoked, the token has expired, or its provider is unavailable
            return None
        notice = self.cookies.said(request)
        return Visit(request, self.tools, session, caller, languages.choose(request), notice=notice)

    async def _shown(self, page: Page, visit: Visit) -> web.StreamResponse:
        try:
            response = await page.show(visit)
        except Refused as refused:
            visit.refusal = refused
            response = await visit.render("refused.html")
        self.cookies.forget_notice(visit.request, response)
        return self._after(visit, response)

    def _after(self, visit: Visit, response: web.StreamResponse) -> web.StreamResponse:
        """Write the cookies of a response."""
        if not response.prepared:
            if visit.said:
                self.cookies.say(response, visit.said)
            self.cookies.keep(response, visit.session)
        return response

    async def _form(
        self, request: web.Request, *, files: bool = False, bytes_max: int = forms.ANONYMOUS_BYTES_MAX
    ) -> Parts | None:
        """Return a form; None for what is none, or too long or too slow."""
        try:
            return await forms.read(request, self.limits, files=files, bytes_max=bytes_max)
        except (BadRequest, ValueError):
            return None

    async def _show_login(self, request: web.Request) -> web.StreamResponse:
        return await self.login.show(request, languages.choose(request))

    async def _log_in(self, request: web.Request) -> web.StreamResponse:
        form = await self._form(request)
        language = languages.choose(request)
        if form is None or not guard.is_same_origin(request):
            return await self.login.show(request, language, problem="origin")
        return await self.login.submit(request, form.fields, language, now=self.tools.now())

    async def _log_out(self, request: web.Request) -> web.StreamResponse:
        session, form = self.cookies.session(request), await self._form(request)
        if session is not None and (form is None or not _is_trusted(request, form.fields, session.csrf)):
            return self.login.required(request)
        page = None if self.openid is None else await self.openid.leave(session, languages.choose(request))
        return page or self.login.leave()

    async def _use_language(self, request: web.Request) -> web.StreamResponse:
        parts = await self._form(request)
        form = {} if parts is None else parts.fields
        back = form.get("next", "")
        response = Visit.go(back if guard.is_local(back) else "/console/")
        if guard.is_same_origin(request) and form.get("language") in languages.NAMES:
            self.cookies.use_language(response, form["language"])
        return response


def _is_trusted(request: web.Request, form: Mapping[str, str], token: str) -> bool:
    return guard.is_same_origin(request) and guard.has_token(form, token)


async def _to_first_page(_request: web.Request) -> web.StreamResponse:
    return Visit.go("/console/")


async def _not_found(visit: Visit) -> web.StreamResponse:
    visit.status = 404
    return await visit.render("not_found.html")
