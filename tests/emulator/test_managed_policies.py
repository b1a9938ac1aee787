"""Policies of AWS itself, which every account may attach."""

import unittest

from harness import EmulatorTest


class ManagedPolicies(EmulatorTest):
    def test_attach_and_detach(self):
        self.make_role("cluster")
        iam = self.client("iam")
        for name in ("AmazonEKSClusterPolicy", "service-role/AmazonEBSCSIDriverPolicy"):
            arn = f"arn:aws:iam::aws:policy/{name}"
            iam.attach_role_policy(RoleName="cluster", PolicyArn=arn)
            attached = iam.list_attached_role_policies(RoleName="cluster")["AttachedPolicies"]
            self.assertEqual([policy["PolicyArn"] for policy in attached], [arn])
            iam.detach_role_policy(RoleName="cluster", PolicyArn=arn)

    def test_a_policy_that_aws_does_not_have(self):
        self.make_role("cluster")
        arn = "arn:aws:iam::aws:policy/AmazonEKSClusterPolice"
        with self.assertRaises(self.client("iam").exceptions.NoSuchEntityException):
            self.client("iam").attach_role_policy(RoleName="cluster", PolicyArn=arn)


if __name__ == "__main__":
    unittest.main()
