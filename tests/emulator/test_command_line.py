"""The real aws command, as users run it."""

import json
import subprocess
import sys
import unittest
from pathlib import Path

from harness import EmulatorTest

AWS = Path(sys.executable).with_name("aws")


@unittest.skipUnless(AWS.exists(), "the aws command is not installed beside this Python")
class CommandLine(EmulatorTest):
    def aws(self, *arguments):
        done = subprocess.run(
            [str(AWS), "eks", *arguments, "--output", "json"],
            capture_output=True,
            text=True,
            env=self.server.environment(self.account),
            timeout=120,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_create_describe_list(self):
        self.make_cluster()
        path = "/aws-reserved/sso.amazonaws.com/eu-west-1/"
        role = self.make_role("AWSReservedSSO_Developer_0123456789abcdef", path=path)["arn"]
        place = ("--cluster-name", "demo")
        made = self.aws("create-access-entry", *place, "--principal-arn", role)["accessEntry"]
        self.assertEqual(made["principalArn"], role)
        seen = self.aws("describe-access-entry", *place, "--principal-arn", role)["accessEntry"]
        self.assertEqual(seen, made)
        self.assertEqual(self.aws("list-access-entries", *place)["accessEntries"], [role])


if __name__ == "__main__":
    unittest.main()
