"""From an AWS principal to a Kubernetes user: access entries and aws-auth."""

import base64
import unittest

from kubernetes_client import CLUSTER, REGION, KubernetesTest

PATH = "/aws-reserved/sso.amazonaws.com/eu-west-1/"
SSO_ROLE = "AWSReservedSSO_Developer_0123456789abcdef"


class AccessEntries(KubernetesTest):
    def test_a_role_with_a_path(self):
        arn = self.make_role(SSO_ROLE, path=PATH)["arn"]
        credentials = self.session(arn)
        self.assertEqual(self.who_am_i(credentials), 401)
        self.eks.create_access_entry(
            clusterName=CLUSTER, principalArn=arn, kubernetesGroups=["team"]
        )
        name = f"arn:aws:sts::{self.account}:assumed-role/{SSO_ROLE}/ann-example.com"
        self.assertEqual(self.who_am_i(credentials), (name, ["team", "system:authenticated"]))

    def test_a_user_name(self):
        arn = self.make_entry(username="sso:{{SessionName}}@{{AccountID}}")
        self.assertEqual(
            self.who_am_i(self.session(arn))[0], f"sso:ann-example.com@{self.account}"
        )

    def test_a_session_by_saml(self):
        arn = self.make_entry(username="saml:{{SessionName}}")
        self.assertEqual(self.who_am_i(self.saml_session(arn, "joe@example.com"))[0], "saml:joe-example.com")

    def saml_session(self, role_arn, name):
        provider = f"arn:aws:iam::{self.account}:saml-provider/okta"
        attributes = {"RoleSessionName": name, "Role": f"{role_arn},{provider}"}
        rows = "".join(
            f'<s:Attribute Name="https://aws.amazon.com/SAML/Attributes/{key}">'
            f"<s:AttributeValue>{value}</s:AttributeValue></s:Attribute>"
            for key, value in attributes.items()
        )
        assertion = (
            '<p:Response xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" '
            'xmlns:s="urn:oasis:names:tc:SAML:2.0:assertion"><s:Assertion>'
            f"<s:AttributeStatement>{rows}</s:AttributeStatement></s:Assertion></p:Response>"
        )
        made = self.client("sts").assume_role_with_saml(
            RoleArn=role_arn,
            PrincipalArn=provider,
            SAMLAssertion=base64.b64encode(assertion.encode()).decode(),
        )["Credentials"]
        return made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"]

    def test_a_recreated_role_is_another(self):
        arn = self.make_entry()
        self.assertNotEqual(self.who_am_i(self.session(arn)), 401)
        self.control("POST", "recreate-role", {"account": self.account, "role_name": "viewer"})
        self.assertEqual(self.who_am_i(self.session(arn)), 401)

    def test_the_creator_of_a_world_can_be_left_out(self):
        self.assertEqual(self.who_am_i(self.admin)[0], "kubernetes-admin")
        cluster = {"account": self.account, "region": REGION, "name": CLUSTER}
        self.control("POST", "cluster", {**cluster, "creator_access": False})
        self.assertEqual(self.who_am_i(self.admin), 401)

    def test_another_creator(self):
        creator = self.session(self.make_role("creator")["arn"])
        eks = self.client("eks", credentials=creator)
        self.control("POST", "cluster", {**self.named(), "deleted": True})
        eks.create_cluster(name=CLUSTER, roleArn="arn:aws:iam::1:role/x", resourcesVpcConfig={})
        groups = ["system:masters", "system:authenticated"]
        self.assertEqual(self.who_am_i(creator), ("kubernetes-admin", groups))
        self.assertEqual(self.who_am_i(self.admin), 401)

    def named(self):
        return {"account": self.account, "region": REGION, "name": CLUSTER}


class AwsAuth(KubernetesTest):
    def setUp(self):
        super().setUp()
        self.role = self.make_role(SSO_ROLE, path=PATH)["arn"]
        self.plain = self.role.replace(PATH, "/")
        self.person = self.session(self.role)

    def set_mode(self, mode):
        self.control("POST", "cluster", {**self.place(), "name": CLUSTER, "authentication_mode": mode})

    def rows(self, arn, username="sso:{{SessionName}}"):
        return f"- rolearn: {arn}\n  username: {username}\n  groups: [team]\n"

    def test_a_row(self):
        for mode in ("CONFIG_MAP", "API_AND_CONFIG_MAP"):
            self.set_mode(mode)
            self.put_aws_auth(mapRoles=self.rows(self.plain))
            expected = "sso:ann-example.com", ["team", "system:authenticated"]
            self.assertEqual(self.who_am_i(self.person), expected)
            # Case does not count, a path spoils it.
            self.put_aws_auth(mapRoles=self.rows(self.plain.upper()))
            self.assertEqual(self.who_am_i(self.person), expected)
            self.put_aws_auth(mapRoles=self.rows(self.role))
            self.assertEqual(self.who_am_i(self.person), 401)

    def test_templates(self):
        template = '"{{AccountID}}:{{SessionNameRaw}}"'
        self.put_aws_auth(mapRoles=self.rows(self.plain, template))
        self.assertEqual(self.who_am_i(self.person)[0], f"{self.account}:ann@example.com")

    def test_a_row_for_instances_refuses_people(self):
        self.put_aws_auth(mapRoles=self.rows(self.plain, "system:node:{{EC2PrivateDNSName}}"))
        self.assertEqual(self.who_am_i(self.person), 401)
        instance = self.session(self.role, "i-0123456789abcdef0")
        self.assertEqual(self.who_am_i(instance)[0], "system:node:i-0123456789abcdef0")

    def test_a_role_in_map_users(self):
        row = f"- userARN: {self.plain}\n  username: sso:{{{{SessionName}}}}\n  groups: [system:masters]\n"
        self.put_aws_auth(mapRoles="[]", mapUsers=row)
        masters = "sso:ann-example.com", ["system:masters", "system:authenticated"]
        self.assertEqual(self.who_am_i(self.person), masters)
        # mapRoles is asked first, an access entry before both.
        self.put_aws_auth(mapRoles=self.rows(self.plain), mapUsers=row)
        self.assertEqual(self.who_am_i(self.person)[1], ["team", "system:authenticated"])
        self.put_aws_auth(mapUsers=row)
        self.eks.create_access_entry(
            clusterName=CLUSTER, principalArn=self.role, kubernetesGroups=["less"]
        )
        self.assertEqual(self.who_am_i(self.person)[1], ["less", "system:authenticated"])
        self.eks.delete_access_entry(clusterName=CLUSTER, principalArn=self.role)
        self.assertEqual(self.who_am_i(self.person), masters)

    def test_a_role_made_anew_in_map_users(self):
        # Rows are compared with the ARN alone, in both members.
        arn = self.make_role("viewer")["arn"]
        self.put_aws_auth(mapUsers=f"- userarn: {arn}\n  username: viewer\n")
        self.control("POST", "recreate-role", {"account": self.account, "role_name": "viewer"})
        self.assertEqual(self.who_am_i(self.session(arn))[0], "viewer")

    def test_mode_api_ignores_it(self):
        self.put_aws_auth(mapRoles=self.rows(self.plain))
        self.set_mode("API")
        self.assertEqual(self.who_am_i(self.person), 401)

    def test_an_entry_overrides_the_row(self):
        self.put_aws_auth(mapRoles=self.rows(self.plain))
        self.eks.create_access_entry(
            clusterName=CLUSTER, principalArn=self.role, kubernetesGroups=["less"]
        )
        self.assertEqual(self.who_am_i(self.person)[1], ["less", "system:authenticated"])
        self.eks.delete_access_entry(clusterName=CLUSTER, principalArn=self.role)
        self.assertEqual(self.who_am_i(self.person)[1], ["team", "system:authenticated"])

    def test_a_malformed_document_has_no_rows(self):
        self.put_aws_auth(mapRoles=self.rows(self.plain) + "  - bad: [\n")
        self.assertEqual(self.who_am_i(self.person), 401)

    def test_users_and_accounts(self):
        self.iam.create_user(UserName="bob")
        made = self.iam.create_access_key(UserName="bob")["AccessKey"]
        bob = made["AccessKeyId"], made["SecretAccessKey"]
        arn = f"arn:aws:iam::{self.account}:user/bob"
        self.assertEqual(self.who_am_i(bob), 401)
        self.put_aws_auth(mapAccounts=f'- "{self.account}"')
        self.assertEqual(self.who_am_i(bob), (arn, ["system:authenticated"]))
        self.put_aws_auth(mapUsers=f"- userarn: {arn}\n  username: bob\n  groups: [a, b]\n")
        self.assertEqual(self.who_am_i(bob), ("bob", ["a", "b", "system:authenticated"]))


if __name__ == "__main__":
    unittest.main()
