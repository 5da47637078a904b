"""The Graph API's calls, for both of its hosts. Source: https://developers.facebook.com/docs/graph-api/."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from happ_project.core import http
from happ_project.core.text import gettext_noop as _
from happ_project.core.text import sentence
from messengers import errors
from messengers.reading import json_object, mapping, text_of
from messengers.vendors.meta import signature, usage, verdicts
from messengers.vendors.meta.app import App

if TYPE_CHECKING:
    from messengers.adapter import IO

log = logging.getLogger(__name__)

_MOST_PAGES = 20  # of a list, 100 rows each


class Graph:
    """One token's view of one of the apps. `pause`: seconds of silence that the latest answer asks for.

    `repeatable` calls do no harm when carried out twice, so that an unclear end is no worse than a failure.
    """

    def __init__(self, io: IO, app: App, token: str = "") -> None:
        self._io, self._app, self._token = io, app, token
        self.pause = 0.0

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        """`path` without the version, for example "me/accounts"."""
        return self._call("GET", f"{self._app.version}/{path}", params=params)

    def get_unversioned(self, path: str, **params: Any) -> dict[str, Any]:
        return self._call("GET", path, params=params)

    def post(
        self, path: str, json: Mapping[str, Any] | None = None, *, repeatable: bool = True, **params: Any
    ) -> dict[str, Any]:
        return self._call("POST", f"{self._app.version}/{path}", params=params, json=json, repeatable=repeatable)

    def delete(self, path: str, **params: Any) -> dict[str, Any]:
        return self._call("DELETE", f"{self._app.version}/{path}", params=params)

    def rows(self, path: str, **params: Any) -> list[dict[str, Any]]:
        """A list to its end. Only the cursor of `paging.next` is used: the address itself holds the token."""
        found: list[dict[str, Any]] = []
        for _page in range(_MOST_PAGES):
            answer = self.get(path, limit=100, **params)
            data = answer.get("data")
            found += [row for row in data if isinstance(row, dict)] if isinstance(data, list) else []
            paging = mapping(answer.get("paging"), default={})
            after = text_of(mapping(paging.get("cursors"), default={}).get("after"))
            if not paging.get("next") or not after:
                break
            params["after"] = after
        return found

    def _call(
        self, method: str, path: str, *, params: Mapping[str, Any], json: Any = None, repeatable: bool = True
    ) -> dict[str, Any]:
        url, door = f"{self._app.graph_url}/{path}", self._io.http.client("messenger", user_given=False)
        sent = {name: value for name, value in params.items() if value not in (None, "")}
        headers = {"Accept": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
            if self._app.proves and self._app.secret:
                sent["appsecret_proof"] = signature.proof(self._token, self._app.secret)
        try:
            response = door.request(method, url, headers=headers, params=sent, json=json)
        except (http.ConnectFailed, http.Refused) as error:
            raise errors.TryLater(None, str(error)) from None
        except http.HttpError as error:
            raise errors.unclear(str(error), repeatable=repeatable) from None
        return self._read(response, repeatable=repeatable)

    def _read(self, response: http.Response, *, repeatable: bool) -> dict[str, Any]:
        self.pause = usage.pause(response.headers)
        self._watch_version(response.headers)
        return read(response, pause=self.pause, repeatable=repeatable)

    def _watch_version(self, headers: Mapping[str, str]) -> None:
        """Meta answers for a version that has ended with the oldest living one, silently but for this header."""
        served = headers.get("facebook-api-version", "")
        if served and served != self._app.version:
            log.warning("Meta served %s instead of %s: set META_GRAPH_VERSION", served, self._app.version)


def read(response: http.Response, *, pause: float = 0.0, repeatable: bool = True) -> dict[str, Any]:
    """The body of an answer, or the error that it means."""
    body = json_object(response.content)
    if body is not None and "error" in body:
        raise verdicts.of(mapping(body["error"], default={"message": text_of(body["error"])}), pause=pause)
    if body is not None and "error_message" in body:  # the form of api.instagram.com
        raise verdicts.of(body, pause=pause)
    if response.status == 429:
        raise errors.TryLater(pause or 60.0, _("Meta asks to send more slowly."))
    if response.status >= 500 or (response.ok and body is None):
        raise errors.unclear(
            sentence(_("Meta's answer (%(status)s) is no answer"), status=response.status), repeatable=repeatable
        )
    if not response.ok:
        raise errors.Rejected("refused", errors.answered("Meta", response.status))
    return body or {}
