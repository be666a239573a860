"""A web server on this machine that behaves as badly as asked."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

STALL_SECONDS = 3.0


class FileServer(ThreadingHTTPServer):
    """Serves ``files`` by path.

    Attributes:
        files: path to bytes.
        faults: path to what goes wrong there: "truncate" and "stall" once after half of what is
            asked for, "always truncate" and "always stall" before the first byte, "page",
            "error" (500, once), "more", "no length", "no resume", "slow" (20 pieces a second).
        redirects: path to address.
        asked: (path, Range header) of each request.
        tag: of every file.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.faults: dict[str, str] = {}
        self.redirects: dict[str, str] = {}
        self.asked: list[tuple[str, str | None]] = []
        self.tag = '"one"'

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: FileServer

    def do_GET(self) -> None:
        server, path = self.server, self.path
        server.asked.append((path, self.headers.get("Range")))
        fault = server.faults.get(path, "")
        if path in server.redirects:
            self.send_response(302)
            self.send_header("Location", server.redirects[path])
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if path not in server.files:
            self.send_error(404)
            return
        if fault == "error":
            del server.faults[path]
            self.send_error(503)
            return
        data = server.files[path]
        start = 0
        asked = self.headers.get("Range")
        if asked and self.headers.get("If-Range") == server.tag and fault != "no resume":
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            if start >= len(data):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(data)}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send_header("ETag", server.tag)
        kind = "text/html; charset=utf-8" if fault == "page" else "application/octet-stream"
        self.send_header("Content-Type", kind)
        if fault != "no length":
            self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        rest = data[start:]
        if fault.startswith("always"):
            rest = b""
        elif fault in ("truncate", "stall"):
            del server.faults[path]
            rest = rest[: len(rest) // 2]
        pieces = [rest]
        if fault == "slow":
            pieces = [rest[at : at + 65536] for at in range(0, len(rest), 65536)]
        for piece in pieces:
            self.wfile.write(piece)
            self.wfile.flush()
            time.sleep(0.05 * (fault == "slow"))
        if fault.endswith("stall"):
            time.sleep(STALL_SECONDS)
        self.close_connection = True

    def log_message(self, *told: object) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[FileServer]:
    """A server that runs while the block does."""
    server = FileServer()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
