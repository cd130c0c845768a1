"""Who gets nothing from the page, and what each answer says to the browser."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from adapters.playground.page.guards import HEADERS, POLICY
from adapters.playground.page.statics import FOLDERS
from tests.page.stage import FORM, TOKEN, Browser, Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOME = ("/as/samreed/press", {"control": "coproduce:home:"})


@pytest.fixture
def browser(stage: Stage) -> Browser:
    return stage.browser


def sees(stage: Stage) -> int:
    return len(stage.chat.seen("Sam Reed"))


async def test_the_first_address_gives_the_cookie_and_no_further_address_holds_the_token(stage: Stage) -> None:
    assert stage.page.address(stage.port) == f"http://127.0.0.1:{stage.port}/?token={TOKEN}"
    status, headers, _ = await stage.browser.get(f"/?token={TOKEN}", Cookie="absent")
    assert (status, headers["Location"]) == (303, "/")
    cookie = headers["Set-Cookie"]
    assert cookie.startswith(f"coproduce-play-{stage.port}={TOKEN};")
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    status, headers, _ = await stage.browser.get("/", Cookie=cookie.partition(";")[0])
    assert (status, headers["Location"]) == (303, "/as/samreed")


async def test_the_address_that_a_browser_is_started_with_counts_once(stage: Stage) -> None:
    address = stage.page.address_once(stage.port).removeprefix(stage.browser.base)
    assert TOKEN not in address
    status, headers, _ = await stage.browser.get(address, Cookie="absent")
    assert (status, headers["Location"]) == (303, "/")
    assert f"={TOKEN};" in headers["Set-Cookie"]
    status, headers, _ = await stage.browser.get(address, Cookie="absent")
    assert status == 403
    assert "Set-Cookie" not in headers


async def test_whoever_comes_from_another_page_is_led_on_by_one_of_ours(stage: Stage) -> None:
    by_link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    status, headers, text = await stage.browser.get(f"/as/fayhall?token={TOKEN}", Cookie="absent", **by_link)
    assert status == 200
    assert f"={TOKEN};" in headers["Set-Cookie"]
    assert 'content="0; url=/as/fayhall"' in text
    assert TOKEN not in text


@pytest.mark.parametrize("path", ["/", "/as/samreed", "/as/samreed/standing", "/as/samreed/events", "/held", "/due"])
@pytest.mark.parametrize(
    "cookie", ["absent", "coproduce-play-{port}=", "coproduce-play-{port}=guessed", "other={token}"]
)
async def test_without_the_cookie_nothing_is_shown(stage: Stage, path: str, cookie: str) -> None:
    status, _, text = await stage.browser.get(path, Cookie=cookie.format(port=stage.port, token=TOKEN))
    assert status == 403
    assert "Sam" not in text


@pytest.mark.parametrize("token", ["", "guessed", TOKEN[:-1], TOKEN + "x", "\udcff"])
async def test_a_wrong_token_opens_nothing(browser: Browser, token: str) -> None:
    status, headers, _ = await browser.get("/?token=" + token.encode("utf-8", "surrogateescape").hex(), Cookie="absent")
    assert status == 403
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize(
    "host", ["evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "127.0.0.1.evil.example:{port}", "[::1]:{port}"]
)
async def test_a_name_of_somebody_else_that_leads_here_gets_nothing(stage: Stage, host: str) -> None:
    named = host.format(port=stage.port)
    assert (await stage.browser.get("/as/samreed", Host=named))[0] == 421
    before = sees(stage)
    status, told = await stage.browser.post(*HOME, Host=named, Origin=f"http://{named}")
    assert status == 421
    assert told["error"]
    assert sees(stage) == before


async def test_localhost_is_our_name_too(stage: Stage) -> None:
    host = f"localhost:{stage.port}"
    assert (await stage.browser.get("/as/samreed", Host=host))[0] == 200
    assert (await stage.browser.post(*HOME, Host=host, Origin=f"http://{host}"))[0] == 200


STRANGERS: Mapping[str, Mapping[str, str]] = {
    "a form of another page": {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    "another program on this machine": {"Origin": "http://127.0.0.1:1", "Sec-Fetch-Site": "same-site"},
    "our other name": {"Origin": "http://localhost:{port}", "Sec-Fetch-Site": "same-site"},
    "a page by https": {"Origin": "https://127.0.0.1:{port}", "Sec-Fetch-Site": "cross-site"},
    "a sandboxed frame": {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    "no origin": {"Origin": "absent"},
    "no origin, and the browser says nothing": {"Origin": "absent", "Sec-Fetch-Site": "absent"},
    "a browser that says where it comes from": {"Sec-Fetch-Site": "cross-site"},
    "a neighbour": {"Sec-Fetch-Site": "same-site"},
    "an address that was typed": {"Sec-Fetch-Site": "none"},
}


@pytest.mark.parametrize("stranger", STRANGERS)
async def test_no_other_page_can_press_here(stage: Stage, stranger: str) -> None:
    headers = {name: value.format(port=stage.port) for name, value in STRANGERS[stranger].items()}
    before = sees(stage)
    for path, fields in (HOME, ("/clock", {"do": "deadline"}), ("/as/samreed/say", {"channel": "place", "text": "Hi"})):
        status, told = await stage.browser.post(path, fields, **headers)
        assert status == 403
        assert told["error"]
    assert sees(stage) == before
    assert not stage.desk.moved


async def test_a_browser_of_before_sec_fetch_can_press(browser: Browser) -> None:
    assert (await browser.post(HOME[0], HOME[1], **{"Sec-Fetch-Site": "absent"}))[0] == 200


READERS: Mapping[str, tuple[Mapping[str, str], int]] = {
    "opened from a link elsewhere": (
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, 200,
    ),
    "framed by another page": (
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}, 403,
    ),
    "loaded as a script": (
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"}, 403,
    ),
    "fetched by another page": ({"Origin": "http://127.0.0.1:1", "Sec-Fetch-Site": "same-site"}, 403),
}  # fmt: skip


@pytest.mark.parametrize("reader", READERS)
async def test_another_page_can_open_this_one_but_not_read_it(browser: Browser, reader: str) -> None:
    headers, expected = READERS[reader]
    assert (await browser.get("/as/samreed", **headers))[0] == expected


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
async def test_other_methods_do_nothing(stage: Stage, method: str) -> None:
    headers = {"Origin": stage.browser.base, "Cookie": f"coproduce-play-{stage.port}={TOKEN}"}
    async with stage.browser.http.request(method, "/as/samreed/press", headers=headers, data="x") as response:
        assert response.status == 405
        assert response.headers["Content-Security-Policy"] == POLICY


async def test_what_is_posted_cannot_be_done_by_an_address(stage: Stage) -> None:
    before = sees(stage)
    assert (await stage.browser.get("/as/samreed/press?control=coproduce:home:"))[0] == 405
    assert (await stage.browser.get("/clock?do=deadline"))[0] == 405
    assert (sees(stage), stage.desk.moved) == (before, [])


@pytest.mark.parametrize(
    "path",
    [
        "/", "/as/samreed", "/as/nobody", "/nowhere", "/as/samreed/press", "/held?words=x", "/due?person=samreed",
        "/steps",
        "/as/samreed/standing", "/as/samreed/files/F1/x.csv", "/as/samreed/files/..%2f..%2fetc/passwd",
        "/static/0/page.css",
    ],
)  # fmt: skip
@pytest.mark.parametrize("cookie", ["ours", "absent"])
async def test_each_answer_tells_the_browser_to_keep_nothing_and_run_nothing(
    stage: Stage, path: str, cookie: str
) -> None:
    _, headers, _ = await stage.browser.get(path, **({} if cookie == "ours" else {"Cookie": "absent"}))
    assert {name: headers[name] for name in HEADERS} == HEADERS


async def test_a_stream_has_the_same_headers(stage: Stage) -> None:
    async with stage.browser.events("samreed") as events:
        got = events._response.headers
        assert {name: got[name] for name in HEADERS} == HEADERS


@pytest.mark.parametrize(
    "path",
    [
        "/static/../server.py", "/static/{version}/..%2fserver.py", "/static/{version}/../../server.py",
        "/static/{version}/%2e%2e/%2e%2e/desk.py", "/static/{version}/page.html", "/static/{version}/",
        "/static/x/page.css", "/as/..%2f..%2fetc%2fpasswd", "/as/%00", "/as/%ff%fe", "/as/" + "x" * 5_000,
    ],
)  # fmt: skip
async def test_no_address_leads_out_of_the_page(stage: Stage, path: str) -> None:
    address = stage.page._static.address("page.css")
    line = f"GET {path.format(version=address.split('/')[2])} HTTP/1.1\r\n"
    told = await raw(stage, line + f"Cookie: coproduce-play-{stage.port}={TOKEN}\r\n")
    assert told.split()[1] in ("404", "400"), told[:200]
    assert "import" not in told


async def test_what_never_changes_is_kept_and_has_the_address_of_its_content(stage: Stage) -> None:
    address = stage.page._static.address("page.css")
    status, headers, _ = await stage.browser.get(address, Cookie="absent")
    assert status == 200
    assert "immutable" in headers["Cache-Control"]
    assert headers["Content-Type"] == "text/css; charset=utf-8"


async def test_files_that_are_served_side_by_side_have_different_names() -> None:
    names = [path.name for folder in FOLDERS for path in folder.iterdir()]
    assert len(names) == len(set(names))


MALFORMED: Mapping[str, tuple[str, str]] = {
    "not of a form": ("application/json", '{"control": "coproduce:home:"}'),
    "text": ("text/plain", "control=coproduce:home:"),
    "parts": ("multipart/form-data; boundary=x", "--x\r\n\r\n--x--"),
    "no utf-8": (FORM, "control=%ff%fe"),
    "raw bytes": (FORM, "control=\xff"),
    "an unknown name": (FORM, "control=coproduce:home:&person=faye"),
    "twice": (FORM, "control=coproduce:home:&control=coproduce:home:"),
    "nothing": (FORM, ""),
    "no pairs": (FORM, "&&;;=&"),
    "too many": (FORM, "&".join(f"a{n}=1" for n in range(3_000))),
}


@pytest.mark.parametrize("case", MALFORMED)
async def test_what_the_page_never_sends_is_answered_in_a_sentence_and_does_nothing(stage: Stage, case: str) -> None:
    kind, body = MALFORMED[case]
    before = sees(stage)
    headers = stage.browser._with({"Origin": stage.browser.base, "Content-Type": kind})
    async with stage.browser.http.post(HOME[0], data=body.encode("latin-1"), headers=headers) as response:
        told = await response.json()
        assert response.status == 400, told
    assert told == {"form": None, "entry": None, "error": told["error"]}
    assert sees(stage) == before


async def test_what_is_too_large_is_refused_kindly(stage: Stage) -> None:
    status, told = await stage.browser.post("/as/samreed/type", {"text": "x" * 300_000})
    assert status == 413
    assert "too long" in told["error"]


async def raw(stage: Stage, head: str) -> str:
    """What a client sends that corrects no address."""
    reader, writer = await asyncio.open_connection("127.0.0.1", stage.port)
    writer.write(f"{head}Host: 127.0.0.1:{stage.port}\r\nConnection: close\r\n\r\n".encode())
    told = await reader.read()
    writer.close()
    return told.decode()
