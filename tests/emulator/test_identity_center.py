"""Identity Center: permission sets, and the IAM roles that assignments make."""

import unittest
import uuid

from harness import LONG, REGION, SOON, EmulatorTest, new_account

INSTANCE_ARN = r"^arn:aws:sso:::instance/ssoins-[0-9a-f]{16}$"
SET_ARN = r"^arn:aws:sso:::permissionSet/ssoins-[0-9a-f]{16}/ps-[0-9a-f]{16}$"
ROLE_ARN = (
    r"^arn:aws:iam::{}:role/aws-reserved/sso\.amazonaws\.com/eu-west-1/"
    r"AWSReservedSSO_Developer_[0-9a-f]{{16}}$"
)


class IdentityCenter(EmulatorTest):
    def setUp(self):
        super().setUp()
        self.member = new_account()
        self.world = self.control("POST", "world", self.request())
        self.sso = self.client("sso-admin")
        self.instance = self.world["instance_arn"]
        self.set_arn = self.world["permission_set_arns"]["Developer"]

    def request(self, **more):
        sets = [{"name": "Developer", "accounts": [self.member]}]
        return {
            "management_account": self.account,
            "home_region": REGION,
            "permission_sets": sets,
            **more,
        }

    def role_arns(self, account=None):
        iam = self.client("iam", account=account or self.member)
        roles = iam.list_roles(PathPrefix="/aws-reserved/")["Roles"]
        return [role["Arn"] for role in roles]

    def test_world(self):
        self.assertRegex(self.instance, INSTANCE_ARN)
        self.assertRegex(self.set_arn, SET_ARN)
        arn = self.world["role_arns"][self.member]["Developer"]
        self.assertRegex(arn, ROLE_ARN.format(self.member))
        self.assertEqual(self.role_arns(), [arn])
        again = self.control("POST", "world", self.request())
        self.assertEqual(again["permission_set_arns"], self.world["permission_set_arns"])
        self.assertEqual(again["role_arns"], self.world["role_arns"])

    def test_us_east_1_leaves_no_region_in_the_path(self):
        self.account, self.member = new_account(), new_account()
        self.control("POST", "world", self.request(home_region="us-east-1"))
        self.assertIn(":role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_", self.role_arns()[0])

    def test_a_government_region(self):
        self.account, self.member = new_account(), new_account()
        world = self.control("POST", "world", self.request(home_region="us-gov-west-1"))
        arn = world["role_arns"][self.member]["Developer"]
        self.assertTrue(arn.startswith(f"arn:aws-us-gov:iam::{self.member}:role/aws-reserved/"))
        self.assertTrue(world["instance_arn"].startswith("arn:aws-us-gov:sso:::instance/"))

    def test_instances(self):
        instances = self.sso.list_instances()["Instances"]
        self.assertEqual([i["InstanceArn"] for i in instances], [self.instance])
        self.assertRegex(instances[0]["IdentityStoreId"], r"^d-[0-9a-f]{10}$")
        self.assertEqual(instances[0]["OwnerAccountId"], self.account)
        self.sso.describe_instance(InstanceArn=self.instance)
        elsewhere = self.client("sso-admin", region="eu-central-1")
        self.assertEqual(elsewhere.list_instances()["Instances"], [])

    def test_permission_sets(self):
        place = {"InstanceArn": self.instance}
        made = self.sso.create_permission_set(**place, Name="Auditor", Tags=[tag("a", "1")])
        arn = made["PermissionSet"]["PermissionSetArn"]
        self.assertEqual(made["PermissionSet"]["SessionDuration"], "PT1H")
        self.assert_error(
            400, "ConflictException", None, self.sso.create_permission_set, **place, Name="Auditor"
        )
        listed = self.sso.list_permission_sets(**place)["PermissionSets"]
        self.assertEqual(listed, [self.set_arn, arn])
        one = {**place, "PermissionSetArn": arn}
        self.sso.update_permission_set(**one, Description="reads")
        described = self.sso.describe_permission_set(**one)["PermissionSet"]
        self.assertEqual((described["Name"], described["Description"]), ("Auditor", "reads"))
        self.check_tags(arn)
        self.sso.delete_permission_set(**one)
        describe = self.sso.describe_permission_set
        self.assert_error(400, "ResourceNotFoundException", None, describe, **one)

    def check_tags(self, arn):
        place = {"InstanceArn": self.instance, "ResourceArn": arn}
        self.sso.tag_resource(**place, Tags=[tag("b", "2")])
        self.sso.untag_resource(**place, TagKeys=["a"])
        self.assertEqual(self.sso.list_tags_for_resource(**place)["Tags"], [tag("b", "2")])

    def test_left_to_moto(self):
        place = {"InstanceArn": self.instance, "PermissionSetArn": self.set_arn}
        self.sso.put_inline_policy_to_permission_set(**place, InlinePolicy="{}")
        policy = self.sso.get_inline_policy_for_permission_set(**place)
        self.assertEqual(policy["InlinePolicy"], "{}")

    def test_paging(self):
        for number in range(4):
            self.sso.create_permission_set(InstanceArn=self.instance, Name=f"set{number}")
        pages = self.sso.get_paginator("list_permission_sets").paginate(
            InstanceArn=self.instance, PaginationConfig={"PageSize": 2}
        )
        self.assertEqual([len(page["PermissionSets"]) for page in pages], [2, 2, 1])

    def assignment(self, account):
        return {
            "InstanceArn": self.instance,
            "TargetId": account,
            "TargetType": "AWS_ACCOUNT",
            "PermissionSetArn": self.set_arn,
            "PrincipalType": "USER",
            "PrincipalId": str(uuid.uuid4()),
        }

    def test_assignments_make_and_remove_roles(self):
        account = new_account()
        one, two = self.assignment(account), self.assignment(account)
        status = self.sso.create_account_assignment(**one)["AccountAssignmentCreationStatus"]
        self.assertEqual(status["Status"], "IN_PROGRESS")
        status = self.sso.describe_account_assignment_creation_status(
            InstanceArn=self.instance, AccountAssignmentCreationRequestId=status["RequestId"]
        )["AccountAssignmentCreationStatus"]
        self.assertEqual(status["Status"], "SUCCEEDED")
        before = self.role_arns(account)
        self.assertRegex(before[0], ROLE_ARN.format(account))
        self.sso.create_account_assignment(**two)
        self.assertEqual(self.role_arns(account), before)
        self.check_listings(account, one)
        self.sso.delete_account_assignment(**one)
        self.assertEqual(self.role_arns(account), before)
        status = self.sso.delete_account_assignment(**two)["AccountAssignmentDeletionStatus"]
        self.sso.describe_account_assignment_deletion_status(
            InstanceArn=self.instance, AccountAssignmentDeletionRequestId=status["RequestId"]
        )
        self.assertEqual(self.role_arns(account), [])
        self.sso.create_account_assignment(**two)
        self.assertEqual(len(self.role_arns(account)), 1)
        self.assertNotEqual(self.role_arns(account), before)

    def check_listings(self, account, assignment):
        place = {"InstanceArn": self.instance}
        one = {**place, "PermissionSetArn": self.set_arn}
        listed = self.sso.list_account_assignments(**one, AccountId=account)
        self.assertEqual(len(listed["AccountAssignments"]), 2)
        principal = {k: assignment[k] for k in ("PrincipalType", "PrincipalId")}
        listed = self.sso.list_account_assignments_for_principal(**place, **principal)
        self.assertEqual(listed["AccountAssignments"][0]["AccountId"], account)
        listed = self.sso.list_permission_sets_provisioned_to_account(**place, AccountId=account)
        self.assertEqual(listed["PermissionSets"], [self.set_arn])
        listed = self.sso.list_accounts_for_provisioned_permission_set(**one)
        self.assertEqual(listed["AccountIds"], [self.member, account])
        delete = self.sso.delete_permission_set
        self.assert_error(400, "ConflictException", None, delete, **one)

    def test_provisioning_keeps_the_role(self):
        before = self.role_arns()
        place = {"InstanceArn": self.instance}
        status = self.sso.provision_permission_set(
            **place, PermissionSetArn=self.set_arn, TargetType="ALL_PROVISIONED_ACCOUNTS"
        )["PermissionSetProvisioningStatus"]
        status = self.sso.describe_permission_set_provisioning_status(
            **place, ProvisionPermissionSetRequestId=status["RequestId"]
        )["PermissionSetProvisioningStatus"]
        self.assertEqual(status["Status"], "SUCCEEDED")
        self.assertEqual(self.role_arns(), before)

    def test_member_accounts(self):
        sso = self.client("sso-admin", account=self.member)
        self.assert_error(400, "AccessDeniedException", None, sso.list_instances)
        place = {"InstanceArn": self.instance}
        self.assert_error(400, "AccessDeniedException", None, sso.list_permission_sets, **place)
        settings = {"account": self.member, "sso_admin_access": "instances_only"}
        self.control("POST", "settings", settings)
        self.assertEqual(len(sso.list_instances()["Instances"]), 1)
        self.assert_error(400, "AccessDeniedException", None, sso.list_permission_sets, **place)
        self.control("POST", "settings", {**settings, "sso_admin_access": "full"})
        self.assertEqual(len(sso.list_permission_sets(**place)["PermissionSets"]), 1)

    def test_identity_store(self):
        store = {"IdentityStoreId": self.world["identity_store_id"]}
        group = self.client("identitystore").create_group(**store, DisplayName="devs")["GroupId"]
        member = self.client("identitystore", account=self.member)
        wanted = {"UniqueAttribute": {"AttributePath": "displayName", "AttributeValue": "devs"}}
        found = member.get_group_id(**store, AlternateIdentifier=wanted)
        self.assertEqual(found["GroupId"], group)
        self.assertEqual(member.list_groups(**store)["Groups"][0]["DisplayName"], "devs")
        member.describe_group(**store, GroupId=group)
        wanted["UniqueAttribute"]["AttributeValue"] = "none"
        self.assert_error(
            400,
            "ResourceNotFoundException",
            "Group not found",
            member.get_group_id,
            **store,
            AlternateIdentifier=wanted,
        )

    def test_assign_and_unassign_by_control(self):
        account = new_account()
        place = {
            "management_account": self.account,
            "account": account,
            "permission_set": "Developer",
        }
        self.control("POST", "assign", {**place, "after_seconds": LONG})
        self.assertEqual(self.role_arns(account), [])
        self.control("POST", "assign", {**place, "after_seconds": SOON})
        before = self.wait_for(lambda: self.role_arns(account))
        self.assertRegex(before[0], ROLE_ARN.format(account))
        self.control("POST", "unassign", place)
        self.assertEqual(self.role_arns(account), [])
        role = self.control("POST", "assign", place)
        self.assertEqual(self.role_arns(account), [role["arn"]])
        self.assertNotEqual([role["arn"]], before)

    def test_reprovision_and_delete(self):
        before = self.role_arns()
        request = {"account": self.member, "permission_set": "Developer"}
        new = self.control("POST", "reprovision", request)
        self.assertEqual(self.role_arns(), [new["arn"]])
        self.assertNotEqual(self.role_arns(), before)
        gone = {"account": self.member, "role_name": new["name"]}
        self.control("POST", "delete-role", gone)
        self.assertEqual(self.role_arns(), [])

    def test_provisioned_roles_are_protected(self):
        name = self.role_arns()[0].rsplit("/", 1)[-1]
        iam = self.client("iam", account=self.member)
        text = (
            f"Cannot perform the operation on the protected role '{name}' - this role is only "
            "modifiable by AWS"
        )
        self.assert_error(400, "UnmodifiableEntity", text, iam.delete_role, RoleName=name)


def tag(key, value):
    return {"Key": key, "Value": value}


if __name__ == "__main__":
    unittest.main()
