"""Servers on this machine that catch what is sent: e-mail and a webhook."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller


class Mailbox:
    """What came by e-mail; `refuses` is what the server says instead of taking it."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], EmailMessage]] = []
        self.refuses: str | None = None
        self.port = 0

    async def handle_DATA(self, server, session, envelope) -> str:  # aiosmtpd's own
        if self.refuses is not None:
            return self.refuses
        made = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append((list(envelope.rcpt_tos), made))
        return "250 OK"

    def texts(self) -> list[str]:
        return [mail.get_content() for _, mail in self.mails]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def mail_server(**options: object) -> Iterator[Mailbox]:
    box = Mailbox()
    box.port = free_port()
    controller = Controller(box, hostname="127.0.0.1", port=box.port, **options)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


class Hook:
    """What came to a webhook; `status` is what it answers."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.status = 200
        self.headers: dict[str, str] = {}
        self.url = ""


@contextmanager
def webhook() -> Iterator[Hook]:
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if hook.status == 200:
                hook.texts.append(json.loads(body)["text"])
            self.send_response(hook.status)
            for name, value in hook.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    hook.url = f"http://127.0.0.1:{server.server_address[1]}/services/T0/B0/local-secret-of-nobody"
    try:
        yield hook
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
