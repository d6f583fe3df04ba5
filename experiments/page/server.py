"""The server of the page: this machine alone, strict headers, one run a tab, news by server-sent events.

A request must name this server as its host, and come from the page itself where a browser says where it comes from. A
browser sends plain data, which `choices` reads; nothing in it names a file or code.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from types import FrameType
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from experiments.page import brief, choices
from experiments.page.export import STATIC, page_of
from experiments.page.finished import Finished
from experiments.page.lives import AGES, ANYBODY, DIFFER, ORDERS
from experiments.page.memory import keep_flat
from experiments.page.parts import known, map_of
from experiments.page.start import start_of
from experiments.page.tabs import Run, Tab, Tabs, TooManyError, begin
from sim.measures.measures import BY_NAME
from sim.scenario import ScenarioError
from sim.schema import NEEDS

HOST = "127.0.0.1"
PORT, PORTS = 8600, 20  # the first port that is tried, and how many
LARGEST = 60_000  # bytes of a request
LONGEST_NAME = 80
PATIENCE = 0.5  # seconds between two looks whether the browser is still there
QUIET = 10.0  # seconds after which a line says that the server is still there
TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
Answer = Callable[["Page", Request], Awaitable[Response]]


class Guard:
    """Answers only requests to this server by its own name, from its own page; adds the headers of every answer."""

    def __init__(self, app: ASGIApp, ports: Callable[[], int]) -> None:
        self._app, self._port = app, ports

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return

        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *HEADERS]
            await send(message)

        if self._is_ours(dict(scope["headers"])):
            await self._app(scope, receive, with_headers)
        else:
            answer = Response("This page is for this machine alone.\n", 403, media_type="text/plain")
            await answer(scope, receive, with_headers)

    def _is_ours(self, headers: dict[bytes, bytes]) -> bool:
        host = headers.get(b"host", b"").decode("latin-1")
        origin = headers.get(b"origin", b"").decode("latin-1")
        site = headers.get(b"sec-fetch-site", b"none").decode("latin-1")
        mine = host in (f"{HOST}:{self._port()}", f"localhost:{self._port()}")
        return mine and origin in ("", f"http://{host}") and site in ("none", "same-origin")


class Page:
    """The state of the server: open tabs, and the finished study that it shows, if any."""

    def __init__(self, study: Finished | None = None) -> None:
        self.tabs, self.study, self.port = Tabs(), study, PORT
        self.closing = asyncio.Event()

    def app(self) -> Starlette:
        """Return the application."""

        def answering(answer: Answer) -> Callable[[Request], Awaitable[Response]]:
            async def endpoint(request: Request) -> Response:
                try:
                    return await answer(self, request)
                except (ScenarioError, TooManyError) as fault:
                    faults = getattr(fault, "messages", None) or [str(fault)]
                    return JSONResponse({"faults": faults}, 429 if isinstance(fault, TooManyError) else 400)

            return endpoint

        app = Starlette(
            routes=[Route(path, answering(answer), methods=[how]) for (how, path), answer in ROUTES.items()]
        )
        app.add_middleware(partial(Guard, ports=lambda: self.port))
        return app

    def tab(self, request: Request) -> Tab:
        """Return the tab that a request names."""
        name = request.query_params.get("tab", "")
        tab = self.tabs.find(name)
        if tab is None:
            raise ScenarioError(["this page is no longer connected: reload it"])
        return tab


async def _body(request: Request) -> Any:
    """Return the data of a request, if it is JSON and not too long."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise ScenarioError(["a request must be JSON"])
    data = b""
    async for some in request.stream():
        data += some
        if len(data) > LARGEST:
            raise ScenarioError([f"a request may have at most {LARGEST:,} bytes"])
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise ScenarioError(["the request is no JSON"]) from None


async def _front(page: Page, request: Request) -> Response:
    return Response((STATIC / "index.html").read_bytes(), media_type="text/html; charset=utf-8")


async def _static(page: Page, request: Request) -> Response:
    name = request.path_params["name"]
    there = {one.name: one for one in STATIC.iterdir() if one.name.rpartition(".")[2] in TYPES}
    if name not in there:
        return Response("not here\n", 404, media_type="text/plain")
    return Response(there[name].read_bytes(), headers={"content-type": TYPES[name.rpartition(".")[2]]})


async def _offered(page: Page, request: Request) -> Response:
    form = await run_in_threadpool(choices.offered)
    study = page.study.described() if page.study else None
    orders = [{"name": name, "label": label} for name, label in ORDERS.items()]
    return JSONResponse({**form, "ages": list(AGES), "needs": [ANYBODY, *NEEDS], "orders": orders, "study": study})


async def _events(page: Page, request: Request) -> Response:
    tab = page.tabs.open(request.query_params.get("tab", "")[:LONGEST_NAME])
    return StreamingResponse(
        _news(page, tab, request), media_type="text/event-stream", headers={"x-accel-buffering": "no"}
    )


async def _news(page: Page, tab: Tab, request: Request) -> AsyncIterator[bytes]:
    """Yield what is new in a tab, until its browser goes away; then nobody works for it any more."""
    tab.watchers += 1
    waited = 0.0
    try:
        yield b": here\n\n"
        while not page.closing.is_set() and not await request.is_disconnected():
            news = await tab.news(PATIENCE)
            waited = 0.0 if news else waited + PATIENCE
            if news:
                yield b"data: " + json.dumps(known(news), allow_nan=False).encode() + b"\n\n"
            elif waited >= QUIET:
                waited = 0.0
                yield b": still here\n\n"
    finally:
        tab.watchers -= 1
        if not tab.watchers:
            page.tabs.close(tab)


async def _run(page: Page, request: Request) -> Response:
    tab, data = page.tab(request), await _body(request)

    def composed() -> tuple[choices.Asked, Any, dict[str, Any], dict[str, Any]]:
        from sim.engine.compile import compile_message  # Numba takes half a second: the page itself comes first

        asked = choices.asked_for(data)
        scenario = asked.scenario()
        wait = compile_message(names_folder=False)
        first = {"wait": wait, "start": start_of(scenario, asked.seed) if wait else None}
        return asked, scenario, about_run(asked, scenario), first

    asked, scenario, told, first = await run_in_threadpool(composed)
    begin(tab, asked, scenario, told)
    return JSONResponse({"run": tab.run.number if tab.run else 0, **first, **told})


def about_run(asked: choices.Asked, scenario: Any) -> dict[str, Any]:
    """What the page says of a comparison besides its numbers."""
    limits = brief.limits_of(asked.size, asked.months, len(asked.seeds))
    apart = choices.words_apart(asked) or ["Nothing differs: both arms are the same."]
    notes = list(scenario.notes)
    return {"digest": scenario.digest(), "command": asked.command(), "apart": apart, "notes": notes, "limits": limits}


async def _stop(page: Page, request: Request) -> Response:
    page.tab(request).stop()
    return JSONResponse({})


async def _read(page: Page, request: Request) -> Response:
    data = await _body(request)
    text = data.get("text") if isinstance(data, dict) else None
    if not isinstance(text, str):
        raise ScenarioError(["give the text of a file"])
    asked = await run_in_threadpool(choices.from_file, text)
    return JSONResponse({"asked": asked.plain()})


async def _write(page: Page, request: Request) -> Response:
    data = await _body(request)

    def written() -> str:
        asked = choices.asked_for(data)
        asked.scenario()  # refuses what cannot be run
        return choices.as_file(asked)

    return JSONResponse({"text": await run_in_threadpool(written)})


async def _map(page: Page, request: Request) -> Response:
    measure = request.query_params.get("measure", "")
    if measure not in BY_NAME:
        raise ScenarioError([f"{measure[:LONGEST_NAME]}: no such measure"])
    tab = page.tab(request)
    runs = tab.run.runs if tab.run else None
    if request.query_params.get("by") == "county":
        part = await run_in_threadpool(_counties, tab.run, measure) if tab.run else None
        if part is None:
            raise ScenarioError(["counties are added up for a run on this page, from its first month on"])
        return JSONResponse(known(part))
    if runs is None and page.study:
        return JSONResponse(known(await run_in_threadpool(page.study.map_of, measure)))
    if runs is None:
        raise ScenarioError(["there is nothing to show yet"])
    return JSONResponse(known(await run_in_threadpool(map_of, runs, measure)))


def _lives(run: Run, asked: QueryParams) -> list[dict[str, str]]:
    wanted = (asked.get(key, default) for key, default in (("age", ANYBODY), ("need", ANYBODY), ("order", DIFFER)))
    with run.month_lock:
        return run.lives.choose(*wanted) if run.lives else []


def _counties(run: Run, measure: str) -> dict[str, Any] | None:
    with run.month_lock:
        return run.lives.counties(measure) if run.lives and run.lives.pair.month else None


def _life(run: Run, key: int) -> dict[str, Any] | None:
    with run.month_lock:
        return run.lives.picture(key) if run.lives else None


async def _people(page: Page, request: Request) -> Response:
    run, asked = page.tab(request).run, request.query_params
    if run is None:
        raise ScenarioError(["a finished study keeps no single lives: run the scenario on this page"])
    people = await run_in_threadpool(_lives, run, asked)
    return JSONResponse({"people": people})


async def _one_life(page: Page, request: Request) -> Response:
    tab, text = page.tab(request), request.query_params.get("key", "")
    run = tab.run
    is_key = len(text) <= LONGEST_NAME and text.isdecimal() and int(text) < 2**64
    part = await run_in_threadpool(_life, run, int(text)) if run and is_key else None
    if part is None:
        raise ScenarioError(["no such person in both arms"])
    tab.keep(life=part)
    return JSONResponse(known(part))


async def _study(page: Page, request: Request) -> Response:
    tab, data = page.tab(request), await _body(request)
    if page.study is None or not isinstance(data, dict):
        raise ScenarioError(["this server shows no study: begin it with `ccosim dashboard --study STUDY`"])
    news = await run_in_threadpool(page.study.shown, str(data.get("a")), str(data.get("b")))
    tab.stop()
    tab.run = None
    tab.forget()
    tab.tell(**news)
    return JSONResponse({})


def _results(page: Page, request: Request) -> dict[str, Any]:
    """Return what a page has shown, once there are results."""
    seen = page.tab(request).seen()
    if not seen.get("numbers"):
        raise ScenarioError(["there are no results yet: wait for the first month"])
    return seen


async def _export(page: Page, request: Request) -> Response:
    seen = _results(page, request)
    text = await run_in_threadpool(page_of, [{"label": "", **seen}])
    return _file(text.encode(), "text/html; charset=utf-8", "two_policies.html")


async def _brief(page: Page, request: Request) -> Response:
    seen, kind = _results(page, request), request.path_params["kind"]
    made = await run_in_threadpool(brief.of_page, seen)
    if kind == "pdf":
        return _file(await run_in_threadpool(brief.as_pdf, made), "application/pdf", "brief.pdf")
    return _file(brief.as_html(made), "text/html; charset=utf-8", "brief.html")


def _file(data: bytes, kind: str, name: str) -> Response:
    return Response(data, headers={"content-type": kind, "content-disposition": f'attachment; filename="{name}"'})


ROUTES: dict[tuple[str, str], Answer] = {
    ("GET", "/"): _front,
    ("GET", "/static/{name}"): _static,
    ("GET", "/offered"): _offered,
    ("GET", "/events"): _events,
    ("POST", "/run"): _run,
    ("POST", "/stop"): _stop,
    ("POST", "/read"): _read,
    ("POST", "/write"): _write,
    ("GET", "/map"): _map,
    ("GET", "/people"): _people,
    ("GET", "/life"): _one_life,
    ("POST", "/study"): _study,
    ("GET", "/export"): _export,
    ("GET", "/brief.{kind}"): _brief,
}


class _Server(uvicorn.Server):
    """A server that tells its open pages when it ends."""

    def __init__(self, config: uvicorn.Config, page: Page) -> None:
        super().__init__(config)
        self._page = page

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._page.closing.set()
        super().handle_exit(sig, frame)


def bound(port: int) -> socket.socket:
    """Return a socket on the port, or on the next free one.

    Raises
    ------
    ScenarioError
        If none of them is free.
    """
    for one in range(port, min(port + PORTS, 65_536)):
        taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind((HOST, one))
            taken.listen()
        except OSError:
            taken.close()
            continue
        return taken
    raise ScenarioError([f"--port={port}: this port and the next {PORTS - 1} are taken"])


def serve(port: int, study: Finished | None, say: Callable[[str], None]) -> None:
    """Serve the page until interrupted; ``say`` is given its address."""
    keep_flat()
    taken = bound(port)
    asyncio.run(_serve(taken, study, say))


async def _serve(taken: socket.socket, study: Finished | None, say: Callable[[str], None]) -> None:
    page = Page(study)
    page.port = taken.getsockname()[1]
    quiet = {"log_config": None, "access_log": False, "server_header": False, "lifespan": "off", "ws": "none"}
    config = uvicorn.Config(page.app(), timeout_graceful_shutdown=3, **quiet)  # type: ignore[arg-type]
    say(f"http://{HOST}:{page.port}/")
    try:
        await _Server(config, page).serve([taken])
    finally:
        page.tabs.stop()
        taken.close()
