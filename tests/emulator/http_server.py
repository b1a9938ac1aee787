"""The HTTP server: werkzeug's, without what costs more than the answers do.

One request per connection, as werkzeug has it: its own server starts a thread for each, and keeps
that waiting for 10 ms after the answer, for a client that might have more to send.
"""

import os
import traceback
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

from werkzeug.exceptions import InternalServerError
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler

# Threads are made as they are needed. Held requests keep theirs: more than any test ever holds.
MAX_THREADS = 1024


class Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body leave in one packet, at once.
    disable_nagle_algorithm = True
    wbufsize = 1 << 16

    def run_wsgi(self):
        self.close_connection = True
        self.environ = environ = self.make_environ()
        # All of it, whether or not somebody asks: a socket closed too early would take the answer along.
        environ["wsgi.input"] = BytesIO(self._read_body(environ))
        try:
            chunks = self.server.app(environ, self._start_response)
        except ConnectionError:
            return  # hung up, which a fault rule ordered
        except Exception:
            self.log_error("%s", traceback.format_exc())
            chunks = InternalServerError()(environ, self._start_response)
        for chunk in chunks:
            self.wfile.write(chunk)

    def _read_body(self, environ):
        if environ.get("wsgi.input_terminated"):  # sent in chunks
            return environ["wsgi.input"].read()
        return self.rfile.read(int(environ.get("CONTENT_LENGTH") or 0))

    def _start_response(self, status, headers, exc_info=None):
        code, _, phrase = status.partition(" ")
        self.send_response(int(code), phrase)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()

    def log_request(self, code="-", size="-"):
        if os.environ.get("EMULATOR_LOG"):
            super().log_request(code, size)


class Server(BaseWSGIServer):
    multithread = True

    def __init__(self, host, port, application):
        super().__init__(host, port, application, Handler)
        self._threads = ThreadPoolExecutor(MAX_THREADS)

    def serve_forever(self):
        while True:
            try:
                connection, address = self.get_request()
            except OSError:
                continue  # the client was gone before we came to it
            self._threads.submit(self._serve, connection, address)

    def _serve(self, connection, address):
        try:
            self.finish_request(connection, address)
        except Exception:
            self.handle_error(connection, address)
        finally:
            self.shutdown_request(connection)
