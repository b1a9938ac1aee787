"""EKS access entries: answers by the model, errors by AWS's own texts."""

import unittest

from harness import REGION, EmulatorTest, new_account

BAD_PRINCIPAL = "The specified principalArn is invalid: invalid principal."
BAD_FORMAT = "The principalArn parameter format is not valid"
NO_ENTRY = (
    "The specified principalArn could not be found. You can view your available access "
    "entries with 'list-access-entries'."
)
NO_POLICY = (
    "The specified policyArn could not be found. You can view your available access "
    "policies with 'list-access-policies'"
)
NOT_STANDARD = (
    'This operation can only be performed on Access Entries with a type of "STANDARD".'
)
CONFIG_MAP = (
    "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to "
    "perform this operation."
)
PARAMETER, REQUEST, MISSING = (
    "InvalidParameterException",
    "InvalidRequestException",
    "ResourceNotFoundException",
)
VIEW = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
EDIT = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy"
SSO_PATH = "/aws-reserved/sso.amazonaws.com/eu-west-1/"
SSO_NAME = "AWSReservedSSO_Developer_0123456789abcdef"
CLUSTER_SCOPE = {"type": "cluster"}


class Entries(EmulatorTest):
    def setUp(self):
        super().setUp()
        self.make_cluster()

    def create(self, arn, **more):
        return self.eks.create_access_entry(clusterName="demo", principalArn=arn, **more)

    def refused(self, message, arn, status=400, code=PARAMETER, **more):
        self.assert_error(
            status,
            code,
            message,
            self.eks.create_access_entry,
            clusterName="demo",
            principalArn=arn,
            **more,
        )

    def entry(self, arn):
        return self.eks.describe_access_entry(clusterName="demo", principalArn=arn)["accessEntry"]

    def internal(self):
        return self.control(
            "GET", "entries", account=self.account, region=REGION, cluster="demo"
        )["entries"]

    def test_create_and_describe_an_sso_role(self):
        arn = self.make_role(SSO_NAME, path=SSO_PATH)["arn"]
        made = self.create(arn, kubernetesGroups=["viewers"], tags={"team": "a"})["accessEntry"]
        self.assertEqual(made["principalArn"], arn)
        user = f"arn:aws:sts::{self.account}:assumed-role/{SSO_NAME}/{{{{SessionName}}}}"
        self.assertEqual(made["username"], user)
        prefix = f"arn:aws:eks:{REGION}:{self.account}:access-entry/demo/role/{self.account}/"
        self.assertTrue(made["accessEntryArn"].startswith(f"{prefix}{SSO_NAME}/"))
        self.assertEqual(made["type"], "STANDARD")
        described = self.entry(arn)
        self.assertEqual(described, made)
        self.assertEqual(described["createdAt"], described["modifiedAt"])

    def test_principals_that_are_refused(self):
        name = self.make_role(SSO_NAME, path=SSO_PATH)["name"]
        self.refused(BAD_PRINCIPAL, f"arn:aws:iam::{self.account}:role/{name}")
        self.refused(BAD_PRINCIPAL, f"arn:aws:iam::{self.account}:role/absent")
        self.refused(BAD_PRINCIPAL, f"arn:aws:iam::{self.account}:user/absent")
        self.refused(BAD_FORMAT, f"arn:aws:sts::{self.account}:assumed-role/{name}/me")
        self.refused(BAD_FORMAT, "nonsense")
        self.refused(
            "The caller is not allowed to modify access entries with a principalArn value of a "
            "Service Linked Role",
            f"arn:aws:iam::{self.account}:role/aws-service-role/eks.amazonaws.com/AWSService",
        )

    def test_other_principals(self):
        self.create(f"arn:aws:iam::{self.account}:root")
        user = self.iam.create_user(UserName="jane")["User"]["Arn"]
        self.assertEqual(self.create(user)["accessEntry"]["username"], user)

    def test_principals_of_another_account(self):
        other = new_account()
        self.create(f"arn:aws:iam::{other}:role/never-seen")
        self.make_role(SSO_NAME, account=other, path=SSO_PATH)
        self.refused(BAD_PRINCIPAL, f"arn:aws:iam::{other}:role/{SSO_NAME}")
        self.refused(
            "AccessEntry principalArn must be from the same account as the cluster when using "
            "types [EC2_LINUX, EC2_WINDOWS, FARGATE_LINUX, HYBRID_LINUX, EC2]",
            f"arn:aws:iam::{other}:role/nodes",
            type="EC2_LINUX",
        )

    def test_groups_and_user_names(self):
        arn = self.make_role("dev")["arn"]
        for prefix in ("system:", "eks:", "aws:", "amazon:", "iam:"):
            group = f"{prefix}masters"
            text = f"The kubernetes group name {group} is invalid, it cannot start with {prefix}"
            self.refused(text, arn, kubernetesGroups=["fine", group])
            self.refused(f"The username must not begin with {prefix}", arn, username=f"{prefix}a")
        self.refused(None, arn, username="{{SessionName}}")
        self.create(arn, username="sso:{{SessionName}}", kubernetesGroups=["system"])

    def test_node_types(self):
        arn = self.make_role("nodes")["arn"]
        text = (
            "The specified kubernetesGroups is invalid: setting kubernetesGroups is not allowed "
            'when the type is "EC2_LINUX"'
        )
        self.refused(text, arn, type="EC2_LINUX", kubernetesGroups=["a"])
        text = text.replace("kubernetesGroups", "username")
        self.refused(text, arn, type="EC2_LINUX", username="a")
        self.refused(None, arn, type="EC2_Linux")
        made = self.create(arn, type="EC2_LINUX")["accessEntry"]
        self.assertEqual(made["username"], "system:node:{{EC2PrivateDNSName}}")
        place = {"clusterName": "demo", "principalArn": arn}
        policy = {"policyArn": VIEW, "accessScope": CLUSTER_SCOPE}
        for function, more in (
            (self.eks.associate_access_policy, policy),
            (self.eks.disassociate_access_policy, {"policyArn": VIEW}),
            (self.eks.list_associated_access_policies, {}),
        ):
            self.assert_error(400, PARAMETER, NOT_STANDARD, function, **place, **more)

    def test_twice(self):
        arn = self.make_entry()
        text = "The specified access entry resource is already in use on this cluster."
        self.refused(text, arn, status=409, code="ResourceInUseException")

    def test_request_token(self):
        arn = self.make_role("dev")["arn"]
        first = self.create(arn, clientRequestToken="t1")["accessEntry"]
        self.assertEqual(self.create(arn, clientRequestToken="t1")["accessEntry"], first)
        self.refused(None, arn, 409, "ResourceInUseException", clientRequestToken="t2")
        settings = {"account": self.account, "ignore_request_tokens": True}
        self.control("POST", "settings", settings)
        self.refused(None, arn, 409, "ResourceInUseException", clientRequestToken="t1")

    def test_update_resets_what_is_left_out(self):
        arn = self.make_entry(kubernetesGroups=["a", "b"], username="sso:me")
        place = {"clusterName": "demo", "principalArn": arn}
        made = self.entry(arn)
        changed = self.eks.update_access_entry(**place, kubernetesGroups=["c"])["accessEntry"]
        self.assertEqual(changed["kubernetesGroups"], ["c"])
        default = f"arn:aws:sts::{self.account}:assumed-role/viewer/{{{{SessionName}}}}"
        self.assertEqual(changed["username"], default)
        self.assertGreater(changed["modifiedAt"], made["createdAt"])
        changed = self.eks.update_access_entry(**place, username=default)["accessEntry"]
        self.assertEqual((changed["kubernetesGroups"], changed["username"]), ([], default))
        text = "The kubernetes group name eks:a is invalid, it cannot start with eks:"
        update = self.eks.update_access_entry
        self.assert_error(400, PARAMETER, text, update, **place, kubernetesGroups=["eks:a"])

    def test_delete_takes_the_policies_along(self):
        arn = self.make_entry()
        self.associate(arn, VIEW)
        self.eks.delete_access_entry(clusterName="demo", principalArn=arn)
        self.create(arn)
        self.assertEqual(self.policies(arn), [])

    def test_absent_entry(self):
        place = {"clusterName": "demo", "principalArn": self.make_role("dev")["arn"]}
        policy = {"policyArn": VIEW, "accessScope": CLUSTER_SCOPE}
        for function, more in (
            (self.eks.describe_access_entry, {}),
            (self.eks.update_access_entry, {}),
            (self.eks.delete_access_entry, {}),
            (self.eks.list_associated_access_policies, {}),
            (self.eks.associate_access_policy, policy),
            (self.eks.disassociate_access_policy, {"policyArn": VIEW}),
        ):
            self.assert_error(404, MISSING, NO_ENTRY, function, **place, **more)
        sts = f"arn:aws:sts::{self.account}:assumed-role/a/b"
        describe = self.eks.describe_access_entry
        self.assert_error(
            400, PARAMETER, BAD_FORMAT, describe, clusterName="demo", principalArn=sts
        )

    def every_operation(self, cluster):
        place = {"clusterName": cluster, "principalArn": f"arn:aws:iam::{self.account}:role/a"}
        policy = {"policyArn": VIEW, "accessScope": CLUSTER_SCOPE}
        return (
            (self.eks.create_access_entry, place),
            (self.eks.describe_access_entry, place),
            (self.eks.update_access_entry, place),
            (self.eks.delete_access_entry, place),
            (self.eks.list_access_entries, {"clusterName": cluster}),
            (self.eks.associate_access_policy, {**place, **policy}),
            (self.eks.disassociate_access_policy, {**place, "policyArn": VIEW}),
            (self.eks.list_associated_access_policies, place),
        )

    def test_config_map_cluster(self):
        self.make_cluster("old", authentication_mode="CONFIG_MAP")
        for function, parameters in self.every_operation("old"):
            self.assert_error(400, REQUEST, CONFIG_MAP, function, **parameters)

    def test_absent_cluster(self):
        text = "No cluster found for name: none."
        for function, parameters in self.every_operation("none"):
            self.assert_error(404, MISSING, text, function, **parameters)

    def test_the_request_is_checked_before_the_cluster_is_looked_up(self):
        role = f"arn:aws:iam::{self.account}:role/a"
        place = {"clusterName": "none", "principalArn": role}
        create, associate = self.eks.create_access_entry, self.eks.associate_access_policy
        self.assert_error(400, PARAMETER, None, create, **place, username="system:a")
        self.assert_error(400, PARAMETER, None, create, **place, kubernetesGroups=["aws:a"])
        scope = {"type": "namespace"}
        self.assert_error(
            400, PARAMETER, None, associate, **place, policyArn=VIEW, accessScope=scope
        )

    def test_unready_cluster(self):
        arn = self.make_role("dev")["arn"]
        for status in ("CREATING", "UPDATING", "DELETING", "FAILED"):
            change = {"account": self.account, "region": REGION, "name": "demo", "status": status}
            self.control("POST", "cluster", change)
            self.refused(None, arn, code=REQUEST)
        self.eks.list_access_entries(clusterName="demo")

    # Policies.

    def associate(self, arn, policy, scope=None):
        return self.eks.associate_access_policy(
            clusterName="demo",
            principalArn=arn,
            policyArn=policy,
            accessScope=scope or CLUSTER_SCOPE,
        )["associatedAccessPolicy"]

    def policies(self, arn):
        place = {"clusterName": "demo", "principalArn": arn}
        return self.eks.list_associated_access_policies(**place)["associatedAccessPolicies"]

    def test_associate_replaces_the_scope(self):
        arn = self.make_entry()
        first = self.associate(arn, VIEW)
        self.assertEqual(first["accessScope"], {"type": "cluster", "namespaces": []})
        scope = {"type": "namespace", "namespaces": ["dev-*"]}
        second = self.associate(arn, VIEW, scope)
        self.assertEqual(second["accessScope"], scope)
        self.assertEqual(first["associatedAt"], second["associatedAt"])
        self.assertEqual(self.policies(arn), [second])

    def test_scopes(self):
        arn = self.make_entry()
        place = {"clusterName": "demo", "principalArn": arn, "policyArn": VIEW}
        associate = self.eks.associate_access_policy
        text = "accessScope should not include namespaces if the type is not set as namespace"
        scope = {"type": "cluster", "namespaces": ["a"]}
        self.assert_error(400, PARAMETER, text, associate, **place, accessScope=scope)
        text = "At least 1 namespace must be provided if the type is set as namespace"
        for scope in ({"type": "namespace"}, {"type": "namespace", "namespaces": []}):
            self.assert_error(400, PARAMETER, text, associate, **place, accessScope=scope)

    def test_unknown_policies(self):
        arn = self.make_entry()
        place = {"clusterName": "demo", "principalArn": arn, "accessScope": CLUSTER_SCOPE}
        associate = self.eks.associate_access_policy
        for policy in (VIEW.replace("View", "Absent"), VIEW.replace("arn:aws:", "arn:aws-cn:")):
            self.assert_error(404, MISSING, NO_POLICY, associate, **place, policyArn=policy)
        text = "The policyArn parameter format is not valid"
        policy = "arn:aws:iam::aws:policy/AdministratorAccess"
        self.assert_error(400, PARAMETER, text, associate, **place, policyArn=policy)

    def test_disassociate(self):
        arn = self.make_entry()
        self.associate(arn, VIEW)
        place = {"clusterName": "demo", "principalArn": arn, "policyArn": VIEW}
        self.eks.disassociate_access_policy(**place)
        self.assertEqual(self.policies(arn), [])
        self.assert_error(404, MISSING, None, self.eks.disassociate_access_policy, **place)

    def test_list_access_policies(self):
        policies = self.eks.list_access_policies()["accessPolicies"]
        self.assertEqual(len(policies), 33)
        self.assertIn({"name": "AmazonEKSViewPolicy", "arn": VIEW}, policies)
        for region, partition in (("us-gov-west-1", "aws-us-gov"), ("cn-north-1", "aws-cn")):
            eks = self.client("eks", region=region)
            arns = [p["arn"] for p in eks.list_access_policies()["accessPolicies"]]
            self.assertTrue(all(arn.startswith(f"arn:{partition}:eks::aws:") for arn in arns))

    def test_quotas(self):
        quotas = {"entry_quota": 2, "policy_quota": 1}
        change = {"account": self.account, "region": REGION, "name": "demo", **quotas}
        self.control("POST", "cluster", change)
        arn = self.make_entry("one")
        self.make_entry("two")
        three = self.make_role("three")["arn"]
        self.refused(None, three, code="ResourceLimitExceededException")
        self.associate(arn, VIEW)
        self.associate(arn, VIEW)
        self.assert_error(
            400,
            "ResourceLimitExceededException",
            None,
            self.eks.associate_access_policy,
            clusterName="demo",
            principalArn=arn,
            policyArn=EDIT,
            accessScope=CLUSTER_SCOPE,
        )

    def test_paging(self):
        arns = [self.make_entry(f"role{number}") for number in range(5)]
        for policy in (VIEW, EDIT):
            self.associate(arns[3], policy)
        pages = self.eks.get_paginator("list_access_entries").paginate(
            clusterName="demo", PaginationConfig={"PageSize": 2}
        )
        found = [page["accessEntries"] for page in pages]
        self.assertEqual([len(page) for page in found], [2, 2, 1])
        self.assertEqual(sum(found, []), arns)
        listed = self.eks.list_access_entries(clusterName="demo", associatedPolicyArn=VIEW)
        self.assertEqual(listed["accessEntries"], [arns[3]])
        page = self.eks.list_associated_access_policies(
            clusterName="demo", principalArn=arns[3], maxResults=1
        )
        self.assertEqual(len(page["associatedAccessPolicies"]), 1)
        self.assertIn("nextToken", page)
        page = self.eks.list_access_policies(maxResults=30)
        page = self.eks.list_access_policies(maxResults=30, nextToken=page["nextToken"])
        self.assertEqual(len(page["accessPolicies"]), 3)
        listing = self.eks.list_access_entries
        self.assert_error(400, PARAMETER, None, listing, clusterName="demo", nextToken="junk")
        self.assert_error(400, PARAMETER, None, listing, clusterName="demo", maxResults=101)

    # Tags.

    def test_tags(self):
        entry = self.entry(self.make_entry(tags={"a": "1"}))
        arn = {"resourceArn": entry["accessEntryArn"]}
        self.eks.tag_resource(**arn, tags={"b": "2"})
        self.assertEqual(self.eks.list_tags_for_resource(**arn)["tags"], {"a": "1", "b": "2"})
        self.eks.untag_resource(**arn, tagKeys=["a", "c"])
        self.assertEqual(self.entry(entry["principalArn"])["tags"], {"b": "2"})
        gone = {"resourceArn": f"{entry['accessEntryArn']}x"}
        listing = self.eks.list_tags_for_resource
        self.assert_error(404, "NotFoundException", None, listing, **gone)
        self.assert_error(400, "BadRequestException", None, listing, resourceArn="junk")
        tags = {str(number): "" for number in range(51)}
        tag = self.eks.tag_resource
        self.assert_error(400, "BadRequestException", None, tag, **arn, tags=tags)

    # What the control endpoints change.

    def test_stored_principal_id(self):
        arn = self.make_entry("dev")
        role_id = self.iam.get_role(RoleName="dev")["Role"]["RoleId"]
        self.assertEqual(self.internal()[0]["principalId"], role_id)
        new = self.control(
            "POST", "recreate-role", {"account": self.account, "role_name": "dev"}
        )
        self.assertEqual(new["arn"], arn)
        role = self.iam.get_role(RoleName="dev")["Role"]
        self.assertNotEqual(role["RoleId"], role_id)
        self.assertEqual(role["RoleId"], new["role_id"])
        stored = self.internal()[0]
        self.assertEqual(stored["principalId"], role_id)
        self.assertEqual(stored["currentPrincipalId"], new["role_id"])
        later = {"account": self.account, "role_name": "dev", "age_seconds": -60}
        self.control("POST", "recreate-role", later)
        role = self.iam.get_role(RoleName="dev")["Role"]
        self.assertGreater(role["CreateDate"], self.entry(arn)["createdAt"])
        # What is made for it then is not older.
        self.eks.delete_access_entry(clusterName="demo", principalArn=arn)
        self.create(arn)
        self.assertGreaterEqual(self.entry(arn)["createdAt"], role["CreateDate"])

    def test_young_roles(self):
        settings = {"account": self.account, "principal_propagation_seconds": 30}
        self.control("POST", "settings", settings)
        trust = '{"Version": "2012-10-17", "Statement": []}'
        role = self.iam.create_role(RoleName="new", AssumeRolePolicyDocument=trust)["Role"]
        self.refused(BAD_PRINCIPAL, role["Arn"])
        self.create(self.make_role("old")["arn"])
        self.control("POST", "settings", {**settings, "principal_propagation_seconds": 0})
        self.create(role["Arn"])

    def test_new_entries_hide(self):
        settings = {"account": self.account, "hide_new_entry_reads": 2}
        self.control("POST", "settings", settings)
        arn = self.make_entry()
        place = {"clusterName": "demo", "principalArn": arn}
        for _ in range(2):
            self.assert_error(404, MISSING, NO_ENTRY, self.eks.describe_access_entry, **place)
        self.assertEqual(self.entry(arn)["principalArn"], arn)

    def test_partitions(self):
        for region, partition in (("us-gov-west-1", "aws-us-gov"), ("cn-north-1", "aws-cn")):
            self.make_cluster("far", region=region)
            role = self.make_role("dev", partition=partition)["arn"]
            self.assertTrue(role.startswith(f"arn:{partition}:iam::"))
            eks = self.client("eks", region=region)
            made = eks.create_access_entry(clusterName="far", principalArn=role)["accessEntry"]
            self.assertTrue(made["accessEntryArn"].startswith(f"arn:{partition}:eks:{region}:"))
            self.assertTrue(made["username"].startswith(f"arn:{partition}:sts::"))
            iam = self.client("iam", region=region)
            self.assertEqual(iam.get_role(RoleName="dev")["Role"]["Arn"], role)


if __name__ == "__main__":
    unittest.main()
