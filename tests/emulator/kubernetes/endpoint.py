"""The HTTPS endpoint of one cluster: a port of its own on loopback."""

import json
import os
import socket
import ssl
import sys
import threading
from dataclasses import dataclass, field
from functools import cached_property
from http.server import BaseHTTPRequestHandler

HOST = "127.0.0.1"
BACKLOG = 128


class Hangup(Exception):
    """Close the connection without an answer."""


@dataclass
class Answer:
    status: int
    body: object
    headers: dict = field(default_factory=dict)


class Endpoint:
    """Listens from the start; each connection has a thread, which ends with it."""

    def __init__(self, authority, handle):
        self._handle = handle
        self._authority = authority
        self._socket = None
        self.port = 0
        self.open()

    @property
    def url(self):
        return f"https://{HOST}:{self.port}"

    @cached_property
    def _context(self):
        """Most clusters are only described: the first connection pays for this."""
        return self._authority.server_context(HOST)

    def open(self):
        """The first time on any free port, later on the same one again."""
        if self._socket is not None:
            return
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, self.port))
        listener.listen(BACKLOG)
        self.port = listener.getsockname()[1]
        self._socket = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def close(self):
        """Connections that stand stay; new ones are refused."""
        listener, self._socket = self._socket, None
        if listener is not None:
            # Only this wakes the thread that waits for a connection.
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def _accept(self, listener):
        while True:
            try:
                connection, address = listener.accept()
            except OSError:
                return  # closed
            threading.Thread(target=self._serve, args=(connection, address), daemon=True).start()

    def _serve(self, connection, address):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            with self._context.wrap_socket(connection, server_side=True) as secured:
                _Handler(secured, address, self)
        except (ssl.SSLError, OSError, Hangup):
            pass  # the client does not trust us, is gone, or is to be hung up on
        finally:
            connection.close()

    def handle(self, method, target, headers, body):
        return self._handle(method, target, headers, body)


class _Handler(BaseHTTPRequestHandler):
    """HTTP/1.1 with connections that stay open; the endpoint stands in for the server."""

    protocol_version = "HTTP/1.1"
    server_version = "Kubernetes"
    wbufsize = 1 << 16

    def do_GET(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else self._chunks()
        answer = self.server.handle(self.command, self.path, self.headers, body)
        self._send(answer)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def _chunks(self):
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return b""
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _send(self, answer):
        text = isinstance(answer.body, str)
        body = answer.body.encode() if text else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", "text/plain" if text else "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *values):
        if os.environ.get("EMULATOR_LOG"):
            print(f"kubernetes {self.server.port}:", format % values, file=sys.stderr)
