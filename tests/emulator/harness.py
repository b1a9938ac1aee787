"""Starts the server for the tests, and gives clients that check what they receive."""

import atexit
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import botocore.config
import botocore.session
from botocore.exceptions import ClientError

from model_check import check_json, check_query

SERVER = Path(__file__).with_name("server.py")
REGION = "eu-west-1"
# Waits that a test orders: one that is never over while the test runs, and one that is over at once. However slow the
# machine is, they are told apart.
LONG, SOON = 600, 0.1

_session = botocore.session.Session()
_accounts = itertools.count(100000000001)


def new_account():
    """Each test has accounts of its own: nothing is ever shared or reset."""
    return str(next(_accounts))


def access_key(account):
    return f"AKIATEST{account}"


class Server:
    def __init__(self, *arguments, stdin=None):
        self.directory = tempfile.TemporaryDirectory()
        port_file = Path(self.directory.name) / "port"
        command = [sys.executable, str(SERVER), "--port", "0", "--port-file", str(port_file)]
        self.process = subprocess.Popen([*command, *arguments], stdin=stdin)
        self.url = f"http://127.0.0.1:{self._wait_for_port(port_file)}"

    def _wait_for_port(self, port_file):
        for _ in range(1500):
            if port_file.exists():
                return port_file.read_text().strip()
            if self.process.poll() is not None:
                raise RuntimeError("the server ended at once")
            time.sleep(0.02)
        raise RuntimeError("the server did not start")

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.directory.cleanup()

    def control(self, method, path, body=None, /, **query):
        """Return (status, decoded body) of a control endpoint."""
        url = f"{self.url}/emulator/{path}?{urllib.parse.urlencode(query)}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data=data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def environment(self, account, region=REGION):
        return {
            **os.environ,
            "AWS_ACCESS_KEY_ID": access_key(account),
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_ENDPOINT_URL": self.url,
            "AWS_DEFAULT_REGION": region,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
        }


class EmulatorTest(unittest.TestCase):
    """A test with a server (one for the whole run), fresh accounts and checked answers."""

    server = None

    @classmethod
    def setUpClass(cls):
        if EmulatorTest.server is None:
            EmulatorTest.server = Server()
            atexit.register(EmulatorTest.server.stop)

    def setUp(self):
        self.account = new_account()
        self.violations = []
        self.eks = self.client("eks")
        self.iam = self.client("iam")

    def tearDown(self):
        self.assertEqual(self.violations, [])

    def client(self, service, account=None, region=REGION, credentials=None, retries=0):
        key, secret, token = credentials or (access_key(account or self.account), "secret", None)
        client = _session.create_client(
            service,
            region_name=region,
            endpoint_url=self.server.url,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
            config=botocore.config.Config(
                retries={"total_max_attempts": retries + 1, "mode": "standard"},
                parameter_validation=False,
            ),
        )
        client.meta.events.register("before-parse", self._check)
        return client

    def _check(self, operation_model, response_dict, **_):
        """Every answer, success or not, is looked at before botocore parses it."""
        name = operation_model.name
        headers = {key.lower(): value for key, value in response_dict["headers"].items()}
        if not headers.get("x-amzn-requestid"):
            self.violations.append(f"{name}: no request id")
        if response_dict["status_code"] >= 300:
            return
        body = response_dict["body"]
        if operation_model.service_model.metadata["protocol"] == "query":
            wrong = check_query(body, operation_model)
        else:
            wrong = check_json(json.loads(body or b"{}"), operation_model.output_shape)
        self.violations += [f"{name}: {text}" for text in wrong]

    def control(self, method, path, body=None, /, **query):
        status, answer = self.server.control(method, path, body, **query)
        self.assertEqual(status, 200, answer)
        return answer

    def calls(self, account=None):
        return self.control("GET", "calls", account=account or self.account)["calls"]

    def assert_error(self, status, code, message, function, **parameters):
        """The call fails with this HTTP status, code and whole text."""
        with self.assertRaises(ClientError) as caught:
            function(**parameters)
        answer = caught.exception.response
        actual = answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]
        self.assertEqual(actual, (status, code), answer)
        if message is not None:
            self.assertEqual(answer["Error"]["Message"], message)

    def wait_for(self, look):
        """Look until something is there; on a busy machine that takes longer than was ordered."""
        end = time.monotonic() + 30
        while not (found := look()) and time.monotonic() < end:
            time.sleep(0.02)
        return found

    # Things that most tests need.

    def make_role(self, name, account=None, path="/", **more):
        role = {"account": account or self.account, "name": name, "path": path, **more}
        return self.control("POST", "world", {"roles": [role]})["roles"][0]

    def make_cluster(self, name="demo", region=REGION, **more):
        cluster = {"account": self.account, "region": region, "name": name, **more}
        self.control("POST", "world", {"clusters": [cluster]})
        return name

    def make_entry(self, name="viewer", cluster="demo", **more):
        arn = self.make_role(name)["arn"]
        self.eks.create_access_entry(clusterName=cluster, principalArn=arn, **more)
        return arn
