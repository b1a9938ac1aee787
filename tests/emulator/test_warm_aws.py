"""The AWS CLI of warm_aws.py answers as the command does."""

import json
import socket
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from harness import EmulatorTest

AWS = Path(sys.executable).with_name("aws")
WARM_AWS = Path(__file__).with_name("warm_aws.py")


class WarmAws(EmulatorTest):
    def setUp(self):
        super().setUp()
        self.make_cluster()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.socket = str(Path(directory.name) / "socket")
        self.process = subprocess.Popen([sys.executable, str(WARM_AWS), self.socket], stdin=subprocess.PIPE)
        self.addCleanup(self.process.wait)
        self.addCleanup(self.process.stdin.close)

    def connect(self):
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(self.socket)
        except OSError:
            connection.close()
            return None
        return connection

    def warm(self, account, arguments):
        with self.wait_for(self.connect) as connection, connection.makefile("rw") as stream:
            print(json.dumps({"arguments": arguments, "environment": self.server.environment(account)}), file=stream, flush=True)
            answer = json.load(stream)
        return answer["status"], answer["stdout"], answer["stderr"]

    def real(self, account, arguments):
        environment = self.server.environment(account)
        done = subprocess.run([str(AWS), *arguments], capture_output=True, env=environment, timeout=120)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def test_answers_as_the_command_does_each_time_with_other_credentials(self):
        other = str(int(self.account) + 500_000_000_000)
        status = {}
        for account in [self.account, other]:
            for arguments in [
                ["eks", "describe-cluster", "--name", "demo"],
                ["eks", "describe-cluster", "--cluster", "demo", "--nonsense"],
                ["sts", "get-caller-identity", "--query", "Account", "--output", "text"],
                ["configure", "list"],
                ["eks", "update-kubeconfig", "--dry-run", "--name", "demo"],
            ]:
                warm = self.warm(account, arguments)
                self.assertEqual(warm, self.real(account, arguments), arguments)
                status[account, arguments[-1]] = warm[0]
        self.assertEqual(status[self.account, "demo"], 0)
        self.assertNotEqual(status[other, "demo"], 0)
        self.assertNotEqual(status[other, "--nonsense"], 0)

    def test_leaves_no_process_behind(self):
        self.warm(self.account, ["eks", "list-clusters"])
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        self.assertTrue(self.wait_for(lambda: children.read_text() == ""))

    def test_ends_when_its_standard_input_closes(self):
        self.warm(self.account, ["eks", "list-clusters"])
        self.process.stdin.close()
        self.assertEqual(self.process.wait(30), 0)


if __name__ == "__main__":
    unittest.main()
