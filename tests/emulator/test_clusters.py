"""Clusters: accessConfig, its one-way updates, and states that last a while."""

import unittest

from botocore.exceptions import ClientError
from harness import LONG, REGION, SOON, EmulatorTest

PARAMETER, REQUEST = "InvalidParameterException", "InvalidRequestException"
ROLE = "arn:aws:iam::111122223333:role/cluster"
VPC = {"subnetIds": ["subnet-1", "subnet-2"]}


class Clusters(EmulatorTest):
    def create(self, name, **access):
        more = {"accessConfig": access} if access else {}
        return self.eks.create_cluster(
            name=name, roleArn=ROLE, resourcesVpcConfig=VPC, **more
        )["cluster"]

    def describe(self, name="demo"):
        return self.eks.describe_cluster(name=name)["cluster"]

    def update(self, mode, name="demo"):
        access = {"authenticationMode": mode}
        return self.eks.update_cluster_config(name=name, accessConfig=access)["update"]

    def settings(self, **settings):
        self.control("POST", "settings", {"account": self.account, **settings})

    def test_defaults(self):
        made = self.create("demo")
        self.assertEqual(
            made["accessConfig"],
            {"authenticationMode": "CONFIG_MAP", "bootstrapClusterCreatorAdminPermissions": True},
        )
        cluster = self.describe()
        self.assertEqual(cluster["status"], "ACTIVE")
        self.assertEqual(cluster["accessConfig"], {"authenticationMode": "CONFIG_MAP"})
        self.assertEqual(cluster["version"], "1.33")
        self.assertRegex(cluster["platformVersion"], r"^eks\.\d+$")
        self.assertRegex(cluster["endpoint"], r"^https://127\.0\.0\.1:\d+$")
        self.assertTrue(cluster["certificateAuthority"]["data"])
        self.assertIn("/id/", cluster["identity"]["oidc"]["issuer"])
        self.assertIn("demo", self.eks.list_clusters()["clusters"])

    def test_the_creator_gets_an_entry(self):
        self.create("demo", authenticationMode="API")
        user = f"arn:aws:iam::{self.account}:user/test"
        self.assertEqual(self.eks.list_access_entries(clusterName="demo")["accessEntries"], [user])
        policies = self.eks.list_associated_access_policies(clusterName="demo", principalArn=user)
        policy = policies["associatedAccessPolicies"][0]
        self.assertTrue(policy["policyArn"].endswith("/AmazonEKSClusterAdminPolicy"))
        self.create(
            "bare", authenticationMode="API", bootstrapClusterCreatorAdminPermissions=False
        )
        self.assertEqual(self.eks.list_access_entries(clusterName="bare")["accessEntries"], [])

    def test_refused_clusters(self):
        create = self.eks.create_cluster
        place = {"roleArn": ROLE, "resourcesVpcConfig": VPC}
        text = (
            "bootstrapClusterCreatorAdminPermissions must be true if cluster authentication "
            "mode is set to CONFIG_MAP"
        )
        access = {
            "authenticationMode": "CONFIG_MAP",
            "bootstrapClusterCreatorAdminPermissions": False,
        }
        self.assert_error(400, PARAMETER, text, create, name="a", accessConfig=access, **place)
        self.assert_error(400, PARAMETER, None, create, name="no.dots", **place)
        self.create("demo")
        self.assert_error(409, "ResourceInUseException", None, create, name="demo", **place)

    def test_modes_go_one_step_at_a_time(self):
        self.create("demo")
        update = self.eks.update_cluster_config
        for wrong in ("API", "CONFIG_MAP"):
            text = f"Unsupported authentication mode update from CONFIG_MAP to {wrong}"
            access = {"authenticationMode": wrong}
            self.assert_error(400, PARAMETER, text, update, name="demo", accessConfig=access)
        for mode in ("API_AND_CONFIG_MAP", "API"):
            started = self.update(mode)
            self.assertEqual(started["status"], "InProgress")
            self.assertEqual(started["type"], "AccessConfigUpdate")
            done = self.eks.describe_update(name="demo", updateId=started["id"])["update"]
            self.assertEqual(done["status"], "Successful")
            self.assertEqual(self.describe()["accessConfig"]["authenticationMode"], mode)
        text = "Unsupported authentication mode update from API to API_AND_CONFIG_MAP"
        access = {"authenticationMode": "API_AND_CONFIG_MAP"}
        self.assert_error(400, PARAMETER, text, update, name="demo", accessConfig=access)
        self.assertEqual(len(self.eks.list_updates(name="demo")["updateIds"]), 2)

    def test_updates_take_their_time(self):
        self.make_cluster("demo", authentication_mode="CONFIG_MAP")
        self.settings(update_seconds=LONG)
        started = self.update("API_AND_CONFIG_MAP")
        self.assertEqual(self.describe()["status"], "UPDATING")
        self.assertEqual(self.describe()["accessConfig"]["authenticationMode"], "CONFIG_MAP")
        with self.assertRaises(ClientError) as caught:
            self.update("API_AND_CONFIG_MAP")
        error = caught.exception.response["Error"]
        self.assertEqual(error["Code"], REQUEST)
        text = "Cannot AccessConfigUpdate because cluster demo currently has update"
        self.assertIn(text, error["Message"])
        going_on = self.eks.describe_update(name="demo", updateId=started["id"])["update"]
        self.assertEqual(going_on["status"], "InProgress")

    def test_updates_come_to_an_end(self):
        self.make_cluster("demo", authentication_mode="CONFIG_MAP")
        self.settings(update_seconds=SOON)
        started = self.update("API_AND_CONFIG_MAP")
        self.wait_for(lambda: self.describe()["status"] == "ACTIVE")
        self.assertEqual(self.describe()["status"], "ACTIVE")
        done = self.eks.describe_update(name="demo", updateId=started["id"])["update"]
        self.assertEqual(done["status"], "Successful")
        self.assertEqual(self.describe()["accessConfig"]["authenticationMode"], "API_AND_CONFIG_MAP")

    def test_states(self):
        self.make_cluster("demo", status="CREATING")
        self.assertNotIn("endpoint", self.describe())
        change = {"account": self.account, "region": REGION, "name": "demo"}
        self.control("POST", "cluster", {**change, "active_after_seconds": LONG})
        self.assertEqual(self.describe()["status"], "CREATING")
        self.control("POST", "cluster", {**change, "active_after_seconds": SOON})
        self.wait_for(lambda: self.describe()["status"] == "ACTIVE")
        self.assertEqual(self.describe()["status"], "ACTIVE")
        self.control("POST", "cluster", {**change, "deleted": True})
        text = "No cluster found for name: demo."
        describe = self.eks.describe_cluster
        self.assert_error(404, "ResourceNotFoundException", text, describe, name="demo")

    def test_delete(self):
        self.create("demo", authenticationMode="API")
        self.assertEqual(self.eks.delete_cluster(name="demo")["cluster"]["status"], "DELETING")
        describe = self.eks.describe_cluster
        self.assert_error(404, "ResourceNotFoundException", None, describe, name="demo")

    def test_world_with_entries(self):
        role = self.make_role("dev")["arn"]
        policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
        entry = {"principalArn": role, "policies": [{"policyArn": policy}]}
        self.make_cluster("demo", access_entries=[entry])
        listed = self.eks.list_access_entries(clusterName="demo", associatedPolicyArn=policy)
        self.assertEqual(listed["accessEntries"], [role])
        self.make_cluster("demo")
        self.assertEqual(self.eks.list_access_entries(clusterName="demo")["accessEntries"], [role])

    def test_cluster_tags(self):
        self.make_cluster()
        arn = self.describe()["arn"]
        self.eks.tag_resource(resourceArn=arn, tags={"a": "1"})
        self.assertEqual(self.describe()["tags"], {"a": "1"})


if __name__ == "__main__":
    unittest.main()
