"""Accounts by access key, and sessions of assumed roles."""

import unittest

from botocore import UNSIGNED
from botocore.config import Config
from harness import EmulatorTest, _session, new_account


class Accounts(EmulatorTest):
    def setUp(self):
        super().setUp()
        self.sts = self.client("sts")

    def assume(self, role_arn, **more):
        answer = self.sts.assume_role(RoleArn=role_arn, RoleSessionName="ci", **more)
        keys = answer["Credentials"]
        return answer, (keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])

    def test_the_key_names_the_account(self):
        identity = self.sts.get_caller_identity()
        self.assertEqual(identity["Account"], self.account)
        self.assertEqual(identity["Arn"], f"arn:aws:iam::{self.account}:user/test")
        gov = self.client("sts", region="us-gov-west-1").get_caller_identity()
        self.assertEqual(gov["Arn"], f"arn:aws-us-gov:iam::{self.account}:user/test")

    def test_assumed_role(self):
        other = new_account()
        role = self.make_role("deploy", account=other)["arn"]
        answer, credentials = self.assume(role, SourceIdentity="alice")
        self.assertEqual(answer["SourceIdentity"], "alice")
        arn = f"arn:aws:sts::{other}:assumed-role/deploy/ci"
        self.assertEqual(answer["AssumedRoleUser"]["Arn"], arn)
        identity = self.client("sts", credentials=credentials).get_caller_identity()
        self.assertEqual((identity["Account"], identity["Arn"]), (other, arn))
        iam = self.client("iam", credentials=credentials)
        self.assertEqual(iam.get_role(RoleName="deploy")["Role"]["Arn"], role)
        self.assertEqual(self.calls(other)[-1]["operation"], "GetRole")

    def test_the_log_has_the_parameters(self):
        role = f"arn:aws:iam::{self.account}:role/deploy"
        more = {
            "ExternalId": "external",
            "SourceIdentity": "alice",
            "DurationSeconds": 900,
            "Policy": '{"Version":"2012-10-17"}',
            "PolicyArns": [{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}],
            "Tags": [{"Key": "team", "Value": "a"}],
            "TransitiveTagKeys": ["team"],
        }
        self.assume(role, **more)
        logged = self.calls()[-1]
        self.assertEqual((logged["service"], logged["operation"]), ("sts", "AssumeRole"))
        expected = {"RoleArn": role, "RoleSessionName": "ci", **more}
        self.assertEqual(logged["params"], expected)

    def test_refused_roles(self):
        role = f"arn:aws:iam::{new_account()}:role/secret"
        settings = {"account": self.account, "refused_roles": [role]}
        self.control("POST", "settings", settings)
        text = (
            f"User: arn:aws:iam::{self.account}:user/test is not authorized to perform: "
            f"sts:AssumeRole on resource: {role}"
        )
        assume = self.sts.assume_role
        self.assert_error(
            403, "AccessDenied", text, assume, RoleArn=role, RoleSessionName="ci"
        )
        self.assertEqual(self.calls()[-1]["code"], "AccessDenied")

    def test_web_identity(self):
        sts = _session.create_client(
            "sts",
            region_name="eu-west-1",
            endpoint_url=self.server.url,
            config=Config(signature_version=UNSIGNED),
        )
        role = f"arn:aws:iam::{self.account}:role/oidc"
        request = {"RoleArn": role, "RoleSessionName": "ci", "WebIdentityToken": "token"}
        keys = sts.assume_role_with_web_identity(**request)["Credentials"]
        credentials = keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]
        identity = self.client("sts", credentials=credentials).get_caller_identity()
        self.assertEqual(identity["Arn"], f"arn:aws:sts::{self.account}:assumed-role/oidc/ci")
        self.assertEqual(self.calls()[0]["params"], request)
        self.control("POST", "settings", {"account": self.account, "refused_roles": [role]})
        text = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
        assume = sts.assume_role_with_web_identity
        self.assert_error(403, "AccessDenied", text, assume, **request)

    def test_roles_of_iam(self):
        self.make_role("dev", path="/team/")
        role = self.iam.get_role(RoleName="dev")["Role"]
        self.assertEqual(role["Arn"], f"arn:aws:iam::{self.account}:role/team/dev")
        self.assertEqual(role["CreateDate"].microsecond, 0)
        self.assert_error(404, "NoSuchEntity", None, self.iam.get_role, RoleName="none")
        for number in range(3):
            self.make_role(f"more{number}", path="/team/")
        pages = self.iam.get_paginator("list_roles").paginate(
            PathPrefix="/team/", PaginationConfig={"PageSize": 3}
        )
        self.assertEqual([len(page["Roles"]) for page in pages], [3, 1])


if __name__ == "__main__":
    unittest.main()
