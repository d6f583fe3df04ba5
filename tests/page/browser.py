"""What a browser sends, from Python: requests, and the news of a tab."""

import http.client
import json
from typing import Any, Self
from uuid import uuid4

PATIENCE = 300.0  # seconds: the first month may have to be compiled


class Client:
    """One tab: requests by `ask`, news by `hear`."""

    def __init__(self, address: str) -> None:
        self.host = address.removeprefix("http://").strip("/")
        self.tab = uuid4().hex
        self._events: http.client.HTTPConnection | None = None
        self._stream: http.client.HTTPResponse | None = None

    def ask(self, path: str, data: Any = None, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
        """Return status and body of one request."""
        line = http.client.HTTPConnection(self.host, timeout=PATIENCE)
        mark = "&" if "?" in path else "?"
        body = None if data is None else data if isinstance(data, bytes) else json.dumps(data).encode()
        sent = {**({"Content-Type": "application/json"} if body is not None else {}), **(headers or {})}
        line.request("GET" if body is None else "POST", f"/{path}{mark}tab={self.tab}", body, sent)
        answer = line.getresponse()
        found = answer.status, answer.read()
        line.close()
        return found

    def plain(self, path: str, data: Any = None) -> Any:
        """Return the data of an answer that must be right."""
        status, body = self.ask(path, data)
        assert status == 200, body
        return json.loads(body)

    def faults(self, path: str, data: Any) -> str:
        """Return what a refusal says."""
        status, body = self.ask(path, data)
        assert status == 400, body
        return " ".join(json.loads(body)["faults"])

    def listen(self) -> int:
        """Open the tab; return the status of the answer."""
        self._events = http.client.HTTPConnection(self.host, timeout=PATIENCE)
        self._events.request("GET", f"/events?tab={self.tab}")
        self._stream = self._events.getresponse()
        return self._stream.status

    def hear(self) -> dict[str, Any]:
        """Return the next news of the tab."""
        assert self._stream is not None
        while True:
            line = self._stream.readline()
            assert line, "the server ended the news"
            if line.startswith(b"data: "):
                return dict(json.loads(line[6:]))

    def until(self, state: str) -> dict[str, Any]:
        """Return the news that say that a run is in a state."""
        while True:
            news = self.hear()
            assert not news.get("fault"), news
            if news.get("status", {}).get("state") == state:
                return news

    def close(self) -> None:
        if self._events is not None:
            self._events.close()
            if self._stream is not None:
                self._stream.close()
            self._events = self._stream = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *fault: object) -> None:
        self.close()
