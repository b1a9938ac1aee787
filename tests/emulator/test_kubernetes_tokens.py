"""Which tokens the Kubernetes API takes, and whom it takes them for."""

import base64
import json
import subprocess
import sys
import unittest
from pathlib import Path

from harness import new_account
from kubernetes_client import CLUSTER, KubernetesTest, token

PATH = "/api/v1/namespaces"
AWS = Path(sys.executable).with_name("aws")


class Tokens(KubernetesTest):
    def assert_unauthorized(self, bearer, why):
        status, answer = self.send(bearer, "GET", PATH)
        self.assertEqual((status, answer["message"]), (401, "Unauthorized"), answer)
        self.assertEqual((answer["kind"], answer["reason"]), ("Status", "Unauthorized"))
        self.assertIn(why, self.requests()[-1]["refused"])

    def test_right_ones(self):
        for more in (
            {},
            {"region": "us-east-1", "url": "https://sts.amazonaws.com"},
            {"url": "https://sts-fips.eu-west-1.amazonaws.com"},
            {"url": self.server.url},
            {"age_seconds": 14 * 60},
        ):
            status, answer = self.send(token(self.admin, **more), "GET", PATH)
            self.assertEqual(status, 200, (more, answer, self.requests()[-1]))

    def test_wrong_ones(self):
        def bearer(**more):
            return token(self.admin, **more)

        self.assert_unauthorized(None, "no bearer token")
        self.assert_unauthorized("abc", "does not begin with k8s-aws-v1.")
        self.assert_unauthorized("k8s-aws-v1.!!", "not base64url")
        self.assert_unauthorized(bearer() + "=", "padded")
        self.assert_unauthorized(bearer(cluster="other"), "made for another cluster")
        self.assert_unauthorized(bearer(headers={}), "x-k8s-aws-id is not a signed header")
        self.assert_unauthorized(bearer(age_seconds=15 * 60 + 5), "expired")
        self.assert_unauthorized(bearer(expires=901), "X-Amz-Expires is 901")
        self.assert_unauthorized(bearer(url="https://sts.example.com"), "is not STS")
        self.assert_unauthorized(bearer(url="http://sts.eu-west-1.amazonaws.com"), "is not STS")
        self.assert_unauthorized(
            bearer(url="https://sts.eu-west-2.amazonaws.com"), "scoped to eu-west-1"
        )
        query = "Action=GetSessionToken&Version=2011-06-15"
        self.assert_unauthorized(bearer(query=query), "not GetCallerIdentity")
        query = "Action=GetCallerIdentity&Version=2011-06-15&More=1"
        self.assert_unauthorized(bearer(query=query), "unexpected parameters")
        self.assert_unauthorized(token((self.admin[0], "other secret")), "signature is wrong")
        self.assert_unauthorized(token(("AKIAUNKNOWN", "x")), "does not exist")

    def test_a_changed_one(self):
        url = base64.urlsafe_b64decode(token(self.admin)[len("k8s-aws-v1.") :] + "==").decode()
        changed = url.replace(self.admin[0], self.key_of(new_account())[0])
        encoded = base64.urlsafe_b64encode(changed.encode()).decode().rstrip("=")
        self.assert_unauthorized(f"k8s-aws-v1.{encoded}", "signature is wrong")

    def test_sessions(self):
        key, secret, session_token = self.session(self.make_entry_with_view())
        self.assertEqual(self.send(token((key, secret, session_token)), "GET", PATH)[0], 200)
        self.assertIn("assumed-role/viewer/ann@example.com", self.requests()[-1]["caller"])
        self.assert_unauthorized(token((key, secret, "other")), "session token is wrong")
        self.assert_unauthorized(token((key, "other", session_token)), "signature is wrong")

    def make_entry_with_view(self):
        arn = self.make_entry()
        self.eks.associate_access_policy(
            clusterName=CLUSTER,
            principalArn=arn,
            policyArn="arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy",
            accessScope={"type": "cluster"},
        )
        return arn

    def test_iam_users(self):
        self.iam.create_user(UserName="bob", Path="/people/")
        made = self.iam.create_access_key(UserName="bob")["AccessKey"]
        arn = f"arn:aws:iam::{self.account}:user/people/bob"
        credentials = made["AccessKeyId"], made["SecretAccessKey"]
        self.assertEqual(self.who_am_i(credentials), 401)
        self.eks.create_access_entry(clusterName=CLUSTER, principalArn=arn)
        self.assertEqual(self.who_am_i(credentials)[0], arn)

    def test_the_log_shows_no_secret(self):
        self.send(token(self.admin), "GET", PATH)
        entry = self.requests()[-1]
        self.assertEqual(entry["token"]["host"], "sts.eu-west-1.amazonaws.com")
        self.assertEqual(entry["token"]["x-amz-signedheaders"], "host;x-k8s-aws-id")
        self.assertNotIn("signature", json.dumps(entry).lower())

    def test_health_needs_none(self):
        for path in ("/readyz", "/livez", "/healthz"):
            self.assertEqual(self.send(None, "GET", path), (200, "ok"))

    @unittest.skipUnless(AWS.exists(), "the aws command is not installed beside this Python")
    def test_the_aws_command(self):
        command = [str(AWS), "eks", "get-token", "--cluster-name", CLUSTER]
        environment = self.server.environment(self.account)
        printed = subprocess.check_output(command, env=environment, timeout=120)
        bearer = json.loads(printed)["status"]["token"]
        self.assertEqual(self.send(bearer, "GET", PATH)[0], 200)


if __name__ == "__main__":
    unittest.main()
