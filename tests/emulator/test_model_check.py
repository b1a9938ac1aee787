"""The checker itself: it must find what is wrong, or the other tests prove nothing."""

import json
import unittest

import botocore.session
from model_check import check_json, check_query

_session = botocore.session.Session()
POLICIES = {"accessPolicies": [{"name": "a", "arn": "b"}]}


class ModelCheck(unittest.TestCase):
    def json(self, service, operation, body):
        shape = _session.get_service_model(service).operation_model(operation).output_shape
        return check_json(json.loads(body) if isinstance(body, str) else body, shape)

    def test_right(self):
        self.assertEqual(self.json("eks", "ListAccessPolicies", POLICIES), [])

    def test_unknown_member(self):
        body = {"accessPolicies": [{"name": "a", "Arn": "b"}]}
        wrong = self.json("eks", "ListAccessPolicies", body)
        self.assertEqual(wrong, ["answer.accessPolicies[0]: unknown member Arn"])

    def test_wrong_types(self):
        for entry in (
            {"createdAt": "yesterday"},
            {"tags": ["a"]},
            {"tags": {"a": 1}},
            {"kubernetesGroups": "a"},
            {"username": 1},
        ):
            self.assertEqual(len(self.json("eks", "DescribeAccessEntry", {"accessEntry": entry})), 1)
        for cluster in ({"deletionProtection": "yes"}, {"status": "FINE"}):
            self.assertEqual(len(self.json("eks", "DescribeCluster", {"cluster": cluster})), 1)

    def test_missing_member(self):
        cluster = {"outpostConfig": {"outpostArns": []}}
        wrong = self.json("eks", "DescribeCluster", {"cluster": cluster})
        self.assertEqual(
            wrong, ["answer.cluster.outpostConfig: missing controlPlaneInstanceType"]
        )

    def test_output_where_none_is_modeled(self):
        self.assertEqual(check_json({}, None), [])
        self.assertEqual(len(check_json({"a": 1}, None)), 1)

    def test_xml(self):
        operation = _session.get_service_model("iam").operation_model("GetRole")
        role = (
            "<Path>/</Path><RoleName>a</RoleName><RoleId>b</RoleId><Arn>c</Arn>"
            "<CreateDate>2026-01-01T00:00:00Z</CreateDate>"
        )
        frame = "<GetRoleResponse><GetRoleResult><Role>{}</Role></GetRoleResult></GetRoleResponse>"
        self.assertEqual(check_query(frame.format(role), operation), [])
        wrong = check_query(frame.format(role + "<Color>red</Color>"), operation)
        self.assertEqual(wrong, ["answer.Role: unknown member Color"])
        wrong = check_query(frame.format(role.replace("<Arn>c</Arn>", "")), operation)
        self.assertEqual(wrong, ["answer.Role: missing Arn"])
        duration = "<MaxSessionDuration>long</MaxSessionDuration>"
        self.assertEqual(len(check_query(frame.format(role + duration), operation)), 1)


if __name__ == "__main__":
    unittest.main()
