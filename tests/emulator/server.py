"""AWS for tests: EKS access entries, IAM Identity Center, IAM and STS on loopback.

    python tests/emulator/server.py --port 0 --port-file PATH
"""

import argparse
import os
import sys
import threading
import time

# Read first of all: a parent that dies during the imports would go unnoticed.
PARENT = os.getppid()

# Regions newer than the installed endpoint data are regions, too.
os.environ.setdefault("MOTO_ALLOW_NONEXISTENT_REGION", "true")
# boto3 must not read this machine's configuration.
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
os.environ.pop("AWS_PROFILE", None)

import application  # noqa: E402
import http_server  # noqa: E402

HOST = "127.0.0.1"
POLL_SECONDS = 0.1


def main():
    options = _options()
    application.install()
    server = http_server.Server(HOST, options.port, application.Application())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    if options.port_file:
        _write_port(options.port_file, server.server_port)
    else:
        print(server.server_port, flush=True)
    if options.until_stdin_closes:
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    _wait_for_the_end(options.max_seconds)
    os._exit(0)  # open connections are nobody's any more


def _options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--port-file", help="where to write the port once ready")
    parser.add_argument("--until-stdin-closes", action="store_true")
    parser.add_argument("--max-seconds", type=float, help="end after this time in any case")
    return parser.parse_args()


def _write_port(path, port):
    """Whoever waits for the file must never read half a number."""
    temporary = f"{path}.{os.getpid()}"
    with open(temporary, "w") as file:
        file.write(f"{port}\n")
    os.replace(temporary, path)


def _end_with_stdin():
    while sys.stdin.buffer.read1(4096):
        pass
    os._exit(0)


def _wait_for_the_end(max_seconds):
    """An orphan's parent is another process; that is how it knows."""
    started = time.monotonic()
    while os.getppid() == PARENT:
        time.sleep(POLL_SECONDS)
        if max_seconds is not None and time.monotonic() - started >= max_seconds:
            return


if __name__ == "__main__":
    main()
