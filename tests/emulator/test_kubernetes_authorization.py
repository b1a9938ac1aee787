"""What users may do: access policies, RBAC objects, and the reviews that ask for it."""

import unittest

from kubernetes_client import CLUSTER, KubernetesTest

RBAC = "/apis/rbac.authorization.k8s.io/v1"
POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKS{}Policy"
PODS = "/api/v1/pods"


def pods_of(namespace):
    return f"/api/v1/namespaces/{namespace}/pods"


class Authorization(KubernetesTest):
    def setUp(self):
        super().setUp()
        self.role = self.make_entry(username="u:{{SessionName}}", kubernetesGroups=["team"])
        self.person = self.session(self.role)
        for namespace in ("dev-a", "dev-b", "prod"):
            self.put(f"/api/v1/namespaces/{namespace}", {})

    def associate(self, policy, *namespaces):
        scope = {"type": "namespace", "namespaces": namespaces} if namespaces else {"type": "cluster"}
        self.eks.associate_access_policy(
            clusterName=CLUSTER,
            principalArn=self.role,
            policyArn=POLICY.format(policy),
            accessScope=scope,
        )

    def statuses(self, *requests):
        return [self.as_user(self.person, *request)[0] for request in requests]

    def forbidden(self, method, path, message):
        self.refused(403, "Forbidden", message, self.person, method, path)

    def test_nothing_is_allowed_at_first(self):
        user = 'User "u:ann-example.com" cannot'
        self.forbidden(
            "GET", PODS,
            f'pods is forbidden: {user} list resource "pods" in API group "" at the cluster scope',
        )
        self.forbidden(
            "GET", f"{pods_of('prod')}/web",
            f'pods "web" is forbidden: {user} get resource "pods" in API group "" in the '
            'namespace "prod"',
        )
        self.forbidden(
            "DELETE", f"{RBAC}/clusterroles/view",
            'clusterroles.rbac.authorization.k8s.io "view" is forbidden: '
            f'{user} delete resource "clusterroles" in API group "rbac.authorization.k8s.io" at '
            "the cluster scope",
        )
        self.forbidden("GET", "/metrics", f'forbidden: {user} get path "/metrics"')

    def test_scopes(self):
        self.associate("View", "dev-*")
        asked = [("GET", path) for path in (pods_of("dev-a"), pods_of("dev-b"), pods_of("prod"), PODS)]
        self.assertEqual(self.statuses(*asked), [200, 200, 403, 403])
        self.associate("View", "prod")
        self.assertEqual(self.statuses(*asked), [403, 403, 200, 403])
        self.associate("View")
        self.assertEqual(self.statuses(*asked), [200, 200, 200, 200])

    def test_policies(self):
        secrets, nodes = "/api/v1/namespaces/prod/secrets", "/api/v1/nodes"
        roles = f"{RBAC}/namespaces/prod/roles"
        config_maps = "/api/v1/namespaces/prod/configmaps"
        asked = [("GET", secrets), ("GET", nodes), ("GET", roles), ("GET", config_maps)]
        asked += [("DELETE", config_maps), ("DELETE", roles), ("GET", "/version")]
        expected = {
            "View": [403, 403, 403, 200, 403, 403, 200],
            "AdminView": [200, 200, 200, 200, 403, 403, 200],
            "Edit": [200, 403, 403, 200, 200, 403, 200],
            "Admin": [200, 403, 200, 200, 200, 200, 200],
            "ClusterAdmin": [200, 200, 200, 200, 200, 200, 200],
        }
        for policy, statuses in expected.items():
            self.associate(policy)
            self.assertEqual(self.statuses(*asked), statuses, policy)
            self.eks.disassociate_access_policy(
                clusterName=CLUSTER, principalArn=self.role, policyArn=POLICY.format(policy)
            )

    def bind(self, path, role_kind, role, **subject):
        reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": role_kind, "name": role}
        self.put(f"{RBAC}/{path}/binding", {"roleRef": reference, "subjects": [subject]})

    def test_groups_need_a_binding(self):
        rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]}]
        self.put(f"{RBAC}/namespaces/prod/roles/pods", {"rules": rules})
        asked = [("GET", pods_of("prod")), ("GET", pods_of("dev-a")), ("GET", f"{pods_of('prod')}/x")]
        self.assertEqual(self.statuses(*asked), [403, 403, 403])
        self.bind("namespaces/prod/rolebindings", "Role", "pods", kind="Group", name="team")
        self.assertEqual(self.statuses(*asked), [200, 403, 403])
        self.bind("namespaces/prod/rolebindings", "Role", "pods", kind="Group", name="other")
        self.assertEqual(self.statuses(*asked), [403, 403, 403])
        self.bind("clusterrolebindings", "ClusterRole", "view", kind="User", name="u:ann-example.com")
        self.assertEqual(self.statuses(*asked), [200, 200, 404])

    def test_a_cluster_role_in_one_namespace(self):
        self.bind("namespaces/prod/rolebindings", "ClusterRole", "view", kind="Group", name="team")
        asked = [("GET", pods_of("prod")), ("GET", PODS), ("GET", "/api/v1/nodes")]
        self.assertEqual(self.statuses(*asked), [200, 403, 403])

    def test_resource_names(self):
        rule = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["*"], "resourceNames": ["a"]}
        self.put(f"{RBAC}/namespaces/prod/roles/one", {"rules": [rule]})
        self.bind("namespaces/prod/rolebindings", "Role", "one", kind="Group", name="team")
        config_maps = "/api/v1/namespaces/prod/configmaps"
        asked = [("GET", f"{config_maps}/a"), ("GET", f"{config_maps}/b"), ("GET", config_maps)]
        self.assertEqual(self.statuses(*asked), [404, 403, 403])

    def may(self, verb, resource, **more):
        spec = {"resourceAttributes": {"verb": verb, "resource": resource, **more}}
        path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
        return self.ok(self.person, "POST", path, {"spec": spec})["status"]["allowed"]

    def test_reviews_of_access(self):
        self.associate("View", "prod")
        self.assertTrue(self.may("list", "pods", namespace="prod"))
        self.assertFalse(self.may("list", "pods"))
        self.assertFalse(self.may("delete", "pods", namespace="prod"))
        self.assertFalse(self.may("list", "nodes"))

    def test_reviews_of_rules_leave_policies_out(self):
        self.associate("View", "prod")
        path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
        body = {"spec": {"namespace": "prod"}}
        status = self.ok(self.person, "POST", path, body)["status"]
        self.assertNotIn("pods", str(status["resourceRules"]))
        self.assertTrue(status["incomplete"])
        self.bind("namespaces/prod/rolebindings", "ClusterRole", "view", kind="Group", name="team")
        status = self.ok(self.person, "POST", path, body)["status"]
        self.assertIn("pods", str(status["resourceRules"]))

    def test_impersonation(self):
        as_other = {"Impersonate-User": "other"}
        self.refused(
            403, "Forbidden", 'users "other" is forbidden', self.person, "GET", PODS, **as_other
        )
        # The administrator's own rights do not count any more.
        self.refused(
            403, "Forbidden", 'User "other" cannot list', self.admin, "GET", PODS, **as_other
        )


if __name__ == "__main__":
    unittest.main()
