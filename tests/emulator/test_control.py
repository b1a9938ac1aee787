"""Faults, the call log, and the life of the server."""

import socket
import subprocess
import sys
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest import mock

from botocore.exceptions import ClientError, ConnectionClosedError, HTTPClientError
from botocore.retries.standard import ExponentialBackoff
from harness import EmulatorTest, Server, new_account

LOST = (ConnectionClosedError, HTTPClientError)


class Faults(EmulatorTest):
    def order(self, **rule):
        self.control("POST", "faults", {"account": self.account, "rules": [rule]})

    def test_envelopes(self):
        clients = {
            "eks": lambda: self.eks.list_clusters,
            "iam": lambda: self.iam.list_roles,
            "sts": lambda: self.client("sts").get_caller_identity,
            "sso-admin": lambda: self.client("sso-admin").list_instances,
            "identitystore": lambda: self.client("identitystore").list_groups,
        }
        for service, function in clients.items():
            self.order(service=service, times=1, status=418, code="Teapot", message="a < b & c")
            self.assert_error(418, "Teapot", "a < b & c", function())

    def test_how_often(self):
        self.order(
            service="eks",
            operation="ListClusters",
            after=1,
            times=2,
            status=429,
            code="ThrottlingException",
        )
        self.eks.list_access_policies()
        self.eks.list_clusters()
        for _ in range(2):
            self.assert_error(
                429, "ThrottlingException", "Rate exceeded", self.eks.list_clusters
            )
        self.eks.list_clusters()

    def test_always_until_cleared(self):
        self.order(service="eks", status=500, code="ServerException")
        for _ in range(3):
            self.assert_error(500, "ServerException", None, self.eks.list_clusters)
        self.client("eks", account=new_account()).list_clusters()
        self.control("DELETE", "faults", account=self.account)
        self.eks.list_clusters()

    def test_what_comes_too_fast(self):
        self.order(service="eks", per_second=0.01, status=429, code="ThrottlingException")
        self.assert_error(429, "ThrottlingException", "Rate exceeded", self.eks.list_clusters)
        self.control("DELETE", "faults", account=self.account)
        self.order(service="eks", per_second=2, status=429, code="ThrottlingException")
        for _ in range(2):
            self.eks.list_clusters()
        self.assert_error(429, "ThrottlingException", "Rate exceeded", self.hurry)

    def hurry(self):
        """A busy machine may take its time for some of them."""
        for _ in range(100):
            self.eks.list_clusters()

    def test_an_sdk_retries(self):
        self.order(service="eks", times=2, status=429, code="ThrottlingException")
        # Up to three seconds by itself.
        with mock.patch.object(ExponentialBackoff, "delay_amount", return_value=0.01):
            self.client("eks", retries=3).list_clusters()
        self.assertEqual([call["status"] for call in self.calls()], [429, 429, 200])

    def test_denials_name_action_caller_and_resource(self):
        self.make_cluster()
        role = self.make_role("dev")["arn"]
        place = {"clusterName": "demo", "principalArn": role}
        self.order(denied=True)
        start = f"arn:aws:eks:eu-west-1:{self.account}"
        store, item = "d-1234567890", "11111111-2222-3333-4444-555555555555"
        sso, people = self.client("sso-admin"), self.client("identitystore")
        instance = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
        for function, request, action, on in [
            (self.eks.describe_cluster, {"name": "demo"}, "eks:DescribeCluster", f"{start}:cluster/demo"),
            (self.eks.create_access_entry, place, "eks:CreateAccessEntry", f"{start}:cluster/demo"),
            (self.eks.delete_access_entry, place, "eks:DeleteAccessEntry", f"{start}:access-entry/demo/*"),
            (self.eks.tag_resource, {"resourceArn": "x", "tags": {}}, "eks:TagResource", "x"),
            (self.eks.list_access_policies, {}, "eks:ListAccessPolicies", "*"),
            (self.iam.get_role, {"RoleName": "dev"}, "iam:GetRole", "role dev"),
            (self.iam.list_roles, {"PathPrefix": "/a/"}, "iam:ListRoles", f"arn:aws:iam::{self.account}:role/a/"),
            (sso.list_permission_sets, {"InstanceArn": instance}, "sso:ListPermissionSets", instance),
            (
                people.describe_user,
                {"IdentityStoreId": store, "UserId": item},
                "identitystore:DescribeUser",
                f"arn:aws:identitystore:::user/{item}",
            ),
        ]:
            code = "AccessDenied" if action.startswith("iam") else "AccessDeniedException"
            status = 400 if action.startswith(("sso", "identitystore")) else 403
            text = (
                f"User: arn:aws:iam::{self.account}:user/test is not authorized to perform: {action} on resource: "
                f"{on} because no identity-based policy allows the {action} action"
            )
            self.assert_error(status, code, text, function, **request)
        self.control("DELETE", "faults", account=self.account)
        self.eks.create_access_entry(**place)
        entry = self.eks.describe_access_entry(**place)["accessEntry"]["accessEntryArn"]
        self.order(denied=True)
        with self.assertRaisesRegex(ClientError, f"on resource: {entry} because"):
            self.eks.delete_access_entry(**place)

    def test_delay(self):
        self.order(service="eks", times=1, delay_ms=200)
        started = time.monotonic()
        self.eks.list_clusters()
        self.assertGreaterEqual(time.monotonic() - started, 0.2)

    def test_lost_answer(self):
        self.make_cluster()
        role = self.make_role("dev")["arn"]
        self.order(service="eks", operation="CreateAccessEntry", times=1, lose_answer=True)
        with self.assertRaises(LOST):
            self.eks.create_access_entry(clusterName="demo", principalArn=role)
        listed = self.eks.list_access_entries(clusterName="demo")["accessEntries"]
        self.assertEqual(listed, [role])

    def test_dropped_call(self):
        self.make_cluster()
        role = self.make_role("dev")["arn"]
        self.order(service="eks", operation="CreateAccessEntry", times=1, drop=True)
        with self.assertRaises(LOST):
            self.eks.create_access_entry(clusterName="demo", principalArn=role)
        self.assertEqual(self.eks.list_access_entries(clusterName="demo")["accessEntries"], [])
        self.assertEqual(self.calls()[0]["status"], None)

    def test_wrong_requests(self):
        control = self.server.control
        rules = {"account": self.account, "rules": [{"oops": 1}]}
        self.assertEqual(control("POST", "faults", rules)[0], 400)
        self.assertEqual(control("POST", "settings", {"account": "1", "oops": 1})[0], 400)
        self.assertEqual(control("POST", "settings", {})[0], 400)
        self.assertEqual(control("GET", "nothing")[0], 404)
        role = {"account": self.account, "role_name": "none"}
        self.assertEqual(control("POST", "recreate-role", role)[0], 404)


class OtherHands(EmulatorTest):
    def change(self, role, **change):
        place = {"account": self.account, "region": "eu-west-1", "cluster": "demo"}
        return self.control("POST", "entry", {**place, "principalArn": role, **change})

    def test_entry_is_made_extended_replaced_and_deleted(self):
        self.make_cluster()
        role = self.make_role("dev")["arn"]
        self.assertEqual(self.change(role, kubernetesGroups=["a"])["entry"], None)
        made = self.change(role, make=True, kubernetesGroups=["a"])["entry"]
        policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
        more = {"kubernetesGroups": ["b"], "tags": {"k": "v"}, "policies": [{"policyArn": policy}]}
        entry = self.change(role, make=True, **more)["entry"]
        self.assertEqual(entry["accessEntryArn"], made["accessEntryArn"])
        self.assertEqual((entry["kubernetesGroups"], entry["tags"]), (["a", "b"], {"k": "v"}))
        self.assertEqual([held["policyArn"] for held in entry["policies"]], [policy])
        replaced = self.change(role, delete=True, make=True)
        self.assertEqual(replaced["deleted"]["accessEntryArn"], made["accessEntryArn"])
        self.assertNotEqual(replaced["entry"]["accessEntryArn"], made["accessEntryArn"])
        self.assertEqual(replaced["entry"]["kubernetesGroups"], [])
        self.assertEqual(self.change(role, delete=True)["entry"], None)
        self.assertEqual(self.eks.list_access_entries(clusterName="demo")["accessEntries"], [])

    def test_no_rule_strikes_them_and_they_are_not_in_the_log(self):
        self.make_cluster()
        role = self.make_role("dev")["arn"]
        rule = {"status": 500, "code": "ServerException"}
        self.control("POST", "faults", {"account": self.account, "rules": [rule]})
        self.assertTrue(self.change(role, make=True)["entry"])
        self.assertEqual(self.calls(), [])


class CallLog(EmulatorTest):
    def test_entries_of_the_log(self):
        self.make_cluster()
        role = self.make_role("dev")["arn"]
        place = {"clusterName": "demo", "principalArn": role}
        self.eks.create_access_entry(**place, kubernetesGroups=["a"], clientRequestToken="t")
        self.eks.list_access_entries(clusterName="demo", maxResults=7)
        self.assert_error(404, "NoSuchEntity", None, self.iam.get_role, RoleName="none")
        created, listed, missed = self.calls()
        expected = {**place, "kubernetesGroups": ["a"], "clientRequestToken": "t"}
        self.assertEqual(created["params"], expected)
        self.assertEqual(created["account"], self.account)
        self.assertEqual((created["region"], created["status"]), ("eu-west-1", 200))
        self.assertIn("Botocore", created["user_agent"])
        self.assertEqual(listed["params"], {"clusterName": "demo", "maxResults": 7})
        self.assertEqual((missed["service"], missed["operation"]), ("iam", "GetRole"))
        self.assertEqual((missed["status"], missed["code"]), (404, "NoSuchEntity"))
        self.assertLess(created["time"], missed["time"])
        self.control("DELETE", "calls", account=self.account)
        self.assertEqual(self.calls(), [])

    def test_many_at_once(self):
        accounts = [new_account() for _ in range(8)]
        request = {"roles": [{"account": a, "name": "dev"} for a in accounts]}
        self.control("POST", "world", request)

        def ten_calls(account):
            iam = self.client("iam", account=account)
            return [iam.get_role(RoleName="dev")["Role"]["Arn"] for _ in range(10)]

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(ten_calls, accounts))
        for account, arns in zip(accounts, answers):
            self.assertEqual(set(arns), {f"arn:aws:iam::{account}:role/dev"})
            self.assertEqual(len(self.calls(account)), 10)


class Life(EmulatorTest):
    def ends(self, process, seconds=30):
        try:
            return process.wait(seconds) == 0
        except subprocess.TimeoutExpired:
            process.kill()
            return False

    def test_ready(self):
        self.assertEqual(self.server.control("GET", "ready"), (200, {"ready": True}))

    def test_ends_with_its_standard_input(self):
        server = Server("--until-stdin-closes", stdin=subprocess.PIPE)
        self.addCleanup(server.stop)
        server.process.stdin.close()
        self.assertTrue(self.ends(server.process))

    def test_ends_after_its_time(self):
        server = Server("--max-seconds", "0.2")
        self.addCleanup(server.stop)
        self.assertTrue(self.ends(server.process))

    def test_ends_with_its_parent(self):
        server = Path(__file__).with_name("server.py")
        parent = (
            "import subprocess, sys;"
            "p = subprocess.Popen([sys.executable, sys.argv[1]],"
            " stdout=subprocess.PIPE, stderr=subprocess.DEVNULL);"
            "print(p.stdout.readline().decode().strip(), flush=True)"
        )
        command = [sys.executable, "-c", parent, str(server)]
        port = subprocess.run(command, capture_output=True, text=True, timeout=60).stdout.strip()
        for _ in range(300):
            if not _listens(int(port)):
                return
            time.sleep(0.1)
        self.fail("the server outlived its parent")


def _listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


if __name__ == "__main__":
    unittest.main()
