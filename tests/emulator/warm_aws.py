"""The real AWS CLI, started once: a process that has imported it and read AWS's models, and forks for each command.

    python tests/emulator/warm_aws.py SOCKET

A connection to the Unix socket sends a line of JSON, {"arguments": […], "environment": {…}}, and gets {"status",
"stdout", "stderr"}. That takes a tenth of the CPU time of `aws`. The command sees the working folder of this process, and
what the CLI makes of HOME while it is imported, the path of a kubeconfig for instance, is this process's, too.

It ends when its standard input closes.
"""

import functools
import gc
import json
import os
import select
import signal
import socket
import sys
import tempfile

import awscli.clidriver
import botocore.session

# Any other is read when it is asked for.
SERVICES = ["eks", "iam", "identitystore", "organizations", "sso-admin", "sts"]


def main():
    _warm_up()
    # The kernel buries the children.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(sys.argv[1])
        listener.listen(64)
        while True:
            ready, _, _ = select.select([listener, sys.stdin], [], [])
            if sys.stdin in ready:
                return
            connection, _ = listener.accept()
            if os.fork() == 0:
                _answer_and_end(connection)
            connection.close()


def _warm_up():
    """Import and read what is the same for all commands. Sessions, and with them settings and credentials, are not shared."""
    botocore.session.create_loader = functools.cache(botocore.session.create_loader)
    driver = awscli.clidriver.create_clidriver()
    driver.create_help_command()
    for service in SERVICES:
        driver.session.create_client(service, "us-east-1", aws_access_key_id="none", aws_secret_access_key="none")
    loader = driver.session.get_component("data_loader")
    for model in ["paginators-1", "waiters-2"]:
        loader.list_available_services(model)
    # What the collector does not look at stays shared memory.
    gc.collect()
    gc.freeze()


def _answer_and_end(connection):
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        with connection.makefile("rw") as stream:
            command = json.loads(stream.readline())
            json.dump(_run(command["arguments"], command["environment"]), stream)
    finally:
        os._exit(0)


def _run(arguments, environment):
    # The import has set where the CLI's own models are.
    environment = {**environment, "AWS_DATA_PATH": os.environ["AWS_DATA_PATH"]}
    os.environ.clear()
    os.environ.update(environment)
    with open(os.devnull) as nothing, tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        for file, number in [(nothing, 0), (stdout, 1), (stderr, 2)]:
            os.dup2(file.fileno(), number)
        status = _status(arguments)
        return {"status": status, "stdout": _text(stdout), "stderr": _text(stderr)}


def _status(arguments):
    sys.argv = ["aws", *arguments]
    try:
        status = awscli.clidriver.main()
    except SystemExit as end:
        status = end.code
    sys.stdout.flush()
    sys.stderr.flush()
    return int(status or 0)


def _text(file):
    file.seek(0)
    return file.read().decode()


if __name__ == "__main__":
    main()
