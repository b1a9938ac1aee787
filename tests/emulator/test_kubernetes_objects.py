"""Objects of the Kubernetes API: life, versions, patches, and what is refused."""

import unittest

from kubernetes_client import KubernetesTest

MAPS = "/api/v1/namespaces/default/configmaps"
ROLES = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles"
JSON_PATCH = "application/json-patch+json"
MERGE = "application/merge-patch+json"
APPLY = "application/apply-patch+yaml"
STALE = (
    'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply '
    "your changes to the latest version and try again"
)


def config_map(name, version=None, **data):
    metadata = {"name": name, **({"resourceVersion": version} if version else {})}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


class Objects(KubernetesTest):
    def admin_ok(self, method, path, body=None, **more):
        return self.ok(self.admin, method, path, body, **more)

    def fails(self, code, reason, message, method, path, body=None, **more):
        self.refused(code, reason, message, self.admin, method, path, body, **more)

    def test_life(self):
        made = self.admin_ok("POST", MAPS, config_map("a", k="1"))
        self.assertEqual(made["metadata"]["namespace"], "default")
        self.assertEqual(self.admin_ok("GET", f"{MAPS}/a"), made)
        self.fails(409, "AlreadyExists", 'configmaps "a" already exists', "POST", MAPS, config_map("a"))
        version = made["metadata"]["resourceVersion"]
        changed = self.admin_ok("PUT", f"{MAPS}/a", config_map("a", version, k="2"))
        self.assertEqual(changed["metadata"]["uid"], made["metadata"]["uid"])
        self.assertGreater(int(changed["metadata"]["resourceVersion"]), int(version))
        listed = self.admin_ok("GET", MAPS)
        self.assertEqual((listed["kind"], listed["items"]), ("ConfigMapList", [changed]))
        self.assertEqual(self.admin_ok("DELETE", f"{MAPS}/a")["status"], "Success")
        self.fails(404, "NotFound", 'configmaps "a" not found', "GET", f"{MAPS}/a")
        self.fails(404, "NotFound", 'configmaps "a" not found', "PUT", f"{MAPS}/a", config_map("a"))

    def test_versions(self):
        old = self.admin_ok("POST", MAPS, config_map("a"))["metadata"]["resourceVersion"]
        self.admin_ok("PUT", f"{MAPS}/a", config_map("a", k="1"))
        stale = config_map("a", old, k="2")
        self.fails(409, "Conflict", STALE, "PUT", f"{MAPS}/a", stale)
        patch = {"metadata": {"resourceVersion": old}, "data": {"k": "2"}}
        self.fails(409, "Conflict", STALE, "PATCH", f"{MAPS}/a", patch, content_type=MERGE)
        precondition = {"preconditions": {"resourceVersion": old}}
        self.fails(409, "Conflict", STALE, "DELETE", f"{MAPS}/a", precondition)
        self.assertEqual(self.admin_ok("GET", f"{MAPS}/a")["data"], {"k": "1"})

    def test_a_change_of_nothing(self):
        made = self.admin_ok("POST", MAPS, config_map("a", k="1"))
        same = self.admin_ok("PUT", f"{MAPS}/a", config_map("a", k="1"))
        self.assertEqual(same["metadata"], made["metadata"])

    def test_patches(self):
        self.admin_ok("POST", MAPS, config_map("a", k="1", other="1"))

        def patched(kind, body):
            return self.admin_ok("PATCH", f"{MAPS}/a", body, content_type=kind)["data"]

        self.assertEqual(patched(MERGE, {"data": {"k": "2", "other": None}}), {"k": "2"})
        strategic = {"$setElementOrder/x": [], "data": {"k": "3"}}
        self.assertEqual(patched("application/strategic-merge-patch+json", strategic), {"k": "3"})
        test = {"op": "test", "path": "/data/k", "value": "3"}
        change = [test, {"op": "replace", "path": "/data/k", "value": "4"}]
        self.assertEqual(patched(JSON_PATCH, change), {"k": "4"})
        self.fails(422, "Invalid", "rejected", "PATCH", f"{MAPS}/a", change, content_type=JSON_PATCH)
        self.fails(
            415, "UnsupportedMediaType", "accepted media types", "PATCH", f"{MAPS}/a", {},
            content_type="text/plain",
        )

    def test_apply_makes_and_changes(self):
        apply = {"content_type": APPLY}
        self.admin_ok("PATCH", f"{MAPS}/new?fieldManager=t", config_map("new", k="1"), **apply)
        self.admin_ok("PATCH", f"{MAPS}/new?fieldManager=t", config_map("new", m="2"), **apply)
        self.assertEqual(self.admin_ok("GET", f"{MAPS}/new")["data"], {"k": "1", "m": "2"})

    def test_dry_runs(self):
        self.admin_ok("POST", f"{MAPS}?dryRun=All", config_map("a"))
        self.fails(404, "NotFound", "not found", "GET", f"{MAPS}/a")

    def test_selectors(self):
        self.admin_ok("POST", MAPS, config_map("a"))
        labeled = config_map("b")
        labeled["metadata"]["labels"] = {"team": "x"}
        self.admin_ok("POST", MAPS, labeled)
        for query in ("fieldSelector=metadata.name%3Db", "labelSelector=team%3Dx", "labelSelector=team"):
            items = self.admin_ok("GET", f"{MAPS}?{query}")["items"]
            self.assertEqual([item["metadata"]["name"] for item in items], ["b"], query)

    def test_refusals(self):
        elsewhere = "/api/v1/namespaces/nowhere/configmaps"
        self.fails(404, "NotFound", 'namespaces "nowhere" not found', "POST", elsewhere, config_map("a"))
        text = "cannot unmarshal number into Go struct field ConfigMap.data of type string"
        self.fails(400, "BadRequest", text, "POST", MAPS, config_map("a", k=1))
        self.fails(422, "Invalid", 'ConfigMap "A_b" is invalid: metadata.name', "POST", MAPS, config_map("A_b"))
        self.admin_ok("POST", MAPS, {**config_map("a", k="1"), "immutable": True})
        self.fails(422, "Invalid", "field is immutable", "PUT", f"{MAPS}/a", config_map("a", k="2"))
        self.fails(400, "BadRequest", "does not match the name on the URL", "PUT", f"{MAPS}/a", config_map("b"))
        self.fails(404, "NotFound", "could not find the requested resource", "GET", "/api/v1/widgets")
        self.fails(405, "MethodNotAllowed", "does not allow", "GET", f"{MAPS}?watch=true")

    def test_a_role_reference_stays(self):
        path = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/cluster-admin"
        binding = self.admin_ok("GET", path)
        binding["roleRef"]["name"] = "view"
        self.fails(422, "Invalid", "cannot change roleRef", "PUT", path, binding)

    def test_namespaces_take_their_objects_along(self):
        self.admin_ok("POST", "/api/v1/namespaces", {"metadata": {"name": "team"}})
        self.admin_ok("POST", "/api/v1/namespaces/team/configmaps", config_map("a"))
        self.admin_ok("DELETE", "/api/v1/namespaces/team")
        self.assertEqual(self.admin_ok("GET", "/api/v1/namespaces/team/configmaps")["items"], [])

    def test_what_is_there_at_first(self):
        names = [n["metadata"]["name"] for n in self.admin_ok("GET", "/api/v1/namespaces")["items"]]
        self.assertEqual(names, ["default", "kube-node-lease", "kube-public", "kube-system"])
        self.assertEqual(len(self.admin_ok("GET", "/api/v1/nodes")["items"]), 1)
        aws_auth = "/api/v1/namespaces/kube-system/configmaps/aws-auth"
        self.fails(404, "NotFound", 'configmaps "aws-auth" not found', "GET", aws_auth)


if __name__ == "__main__":
    unittest.main()
