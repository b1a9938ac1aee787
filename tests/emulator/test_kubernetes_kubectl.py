"""The real kubectl and the real aws command, as people use them."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from kubernetes_client import CLUSTER, KubernetesTest, token

BESIDE = Path(sys.executable).parent
SEARCH_PATH = f"{BESIDE}{os.pathsep}{os.environ.get('PATH', '')}"
BOTH = all(shutil.which(command, path=SEARCH_PATH) for command in ("aws", "kubectl"))
MANIFEST = """
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: pods, namespace: team}
rules:
- {apiGroups: [""], resources: [pods], verbs: [VERB]}
"""


@unittest.skipUnless(BOTH, "needs aws and kubectl")
class Kubectl(KubernetesTest):
    def setUp(self):
        super().setUp()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.home = Path(directory.name)
        self.environment = {
            **self.server.environment(self.account),
            "AWS_SECRET_ACCESS_KEY": "not-a-secret",
            "HOME": str(self.home),
            "KUBECONFIG": str(self.home / "config"),
            "PATH": SEARCH_PATH,
        }
        self.run_command("aws", "eks", "update-kubeconfig", "--name", CLUSTER)

    def run_command(self, *command, fails=False, stdin=None):
        done = subprocess.run(
            command, capture_output=True, text=True, env=self.environment, input=stdin, timeout=120
        )
        self.assertEqual(done.returncode != 0, fails, done)
        return done.stderr if fails else done.stdout

    def kubectl(self, *arguments, **more):
        """With a token of ours: the aws command takes half a second to make one, each time."""
        return self.run_command("kubectl", *arguments, "--token", token(self.admin), **more)

    def test_an_administrator(self):
        with_aws = self.run_command("kubectl", "auth", "whoami")
        self.assertIn("kubernetes-admin", with_aws)
        self.assertEqual(self.kubectl("auth", "whoami"), with_aws)
        self.kubectl("create", "namespace", "team")
        for verb, said in (("get", "created"), ("list", "configured"), ("list", "unchanged")):
            manifest = MANIFEST.replace("VERB", verb)
            self.assertIn(said, self.kubectl("apply", "-f", "-", stdin=manifest))
        self.kubectl("-n", "team", "create", "rolebinding", "pods", "--role=pods", "--group=team")
        rules = self.kubectl("-n", "team", "get", "role", "pods", "-o", "jsonpath={.rules[0].verbs}")
        self.assertEqual(rules, '["list"]')
        arguments = ("-n", "team", "--as=ann", "--as-group=team")
        self.assertEqual(self.kubectl("get", "pods", *arguments), "")
        self.assertIn("yes", self.kubectl("auth", "can-i", "list", "pods", *arguments))
        self.kubectl("delete", "namespace", "team")

    def test_objects_from_arguments(self):
        """Kinds that kubectl sends as protobuf."""
        self.kubectl("create", "configmap", "numbers", "--from-literal=a=1", "--from-literal=b=ü")
        data = self.kubectl("get", "cm", "numbers", "-o", "jsonpath={.data}")
        self.assertEqual(data, '{"a":"1","b":"ü"}')
        self.kubectl("create", "secret", "generic", "hidden", "--from-literal=a=1")
        data = self.kubectl("get", "secret", "hidden", "-o", "jsonpath={.data.a}")
        self.assertEqual(data, "MQ==")

    def test_somebody_unknown(self):
        self.control(
            "POST", "cluster", {**self.place(), "name": CLUSTER, "creator_access": False}
        )
        said = self.kubectl("get", "pods", fails=True)
        self.assertIn("You must be logged in to the server", said)


if __name__ == "__main__":
    unittest.main()
