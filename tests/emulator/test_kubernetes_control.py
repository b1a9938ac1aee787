"""The control endpoints of the Kubernetes API: objects, the request log, faults."""

import base64
import http.client
import json
import ssl
import threading
import unittest
import urllib.error

from kubernetes_client import CLUSTER, KubernetesTest

MAP = "/api/v1/namespaces/kube-system/configmaps/aws-auth"
LOST = (ConnectionError, http.client.HTTPException, urllib.error.URLError, ssl.SSLError)


class Control(KubernetesTest):
    def order(self, **rule):
        self.control("POST", "kubernetes-faults", {**self.place(), "rules": [rule]})

    def data(self):
        return self.control("GET", "kubernetes", **self.place(), path=MAP)["data"]

    def test_objects_without_credentials(self):
        status, answer = self.server.control("GET", "kubernetes", **self.place(), path=MAP)
        self.assertEqual((status, answer), (404, {"error": 'configmaps "aws-auth" not found'}))
        self.put(MAP, {"data": {"a": "1"}})
        merge = {**self.place(), "path": MAP, "merge": {"data": {"b": "2"}}}
        self.control("PUT", "kubernetes", merge)
        self.assertEqual(self.data(), {"a": "1", "b": "2"})
        self.assertEqual(self.ok(self.admin, "GET", MAP)["data"], self.data())
        self.control("DELETE", "kubernetes", **self.place(), path=MAP)
        self.assertEqual(self.as_user(self.admin, "GET", MAP)[0], 404)

    def test_the_log(self):
        self.as_user(self.admin, "GET", f"{MAP}?a=b", **{"User-Agent": "me/1"})
        entry = self.requests()[-1]
        seen = [entry[key] for key in ("method", "path", "query", "status", "user", "user_agent")]
        self.assertEqual(seen, ["GET", MAP, {"a": "b"}, 404, "kubernetes-admin", "me/1"])
        self.control("DELETE", "kubernetes-requests", **self.place())
        self.assertEqual(self.requests(), [])

    def test_errors(self):
        self.order(method="GET", path=MAP, after=1, times=1, status=429, retry_after=1)
        statuses = [self.as_user(self.admin, "GET", MAP)[0] for _ in range(3)]
        self.assertEqual(statuses, [404, 429, 404])

    def test_another_writer(self):
        self.put(MAP, {"data": {"mapRoles": "a"}})
        mine = self.ok(self.admin, "GET", MAP)
        self.order(method="PUT", times=1, writer={"path": MAP, "merge": {"data": {"b": "2"}}})
        self.refused(409, "Conflict", "has been modified", self.admin, "PUT", MAP, mine)
        self.assertEqual(self.data(), {"mapRoles": "a", "b": "2"})
        mine = self.ok(self.admin, "GET", MAP)
        mine["data"]["c"] = "3"
        self.ok(self.admin, "PUT", MAP, mine)
        self.assertEqual(self.data(), {"mapRoles": "a", "b": "2", "c": "3"})
        # Even one that takes the object away, or makes it first.
        self.order(method="PUT", times=1, writer={"path": MAP, "delete": True})
        self.refused(404, "NotFound", "not found", self.admin, "PUT", MAP, mine)
        self.order(method="POST", times=1, writer={"path": MAP, "object": {"data": {}}})
        body = {"metadata": {"name": "aws-auth"}}
        collection = MAP.rpartition("/")[0]
        self.refused(409, "AlreadyExists", "exists", self.admin, "POST", collection, body)

    def test_lost_answers(self):
        collection = MAP.rpartition("/")[0]
        for rule, status in (({"drop": True}, 404), ({"lose_answer": True}, 200)):
            self.order(method="POST", times=1, **rule)
            with self.assertRaises(LOST):
                self.as_user(self.admin, "POST", collection, {"metadata": {"name": "aws-auth"}})
            self.assertEqual(self.as_user(self.admin, "GET", MAP)[0], status, rule)

    def test_held_until_cleared(self):
        self.order(method="GET", hold=True)
        answers = []
        waiting = threading.Thread(target=lambda: answers.append(self.as_user(self.admin, "GET", MAP)))
        waiting.start()
        while not self.requests():
            pass
        self.assertEqual(answers, [])
        self.control("DELETE", "kubernetes-faults", **self.place())
        waiting.join(30)
        self.assertEqual(answers[0][0], 404)

    def test_an_endpoint_that_cannot_be_reached(self):
        self.control("POST", "kubernetes-endpoint", {**self.place(), "reachable": False})
        with self.assertRaises(urllib.error.URLError):
            self.as_user(self.admin, "GET", MAP)
        self.control("POST", "kubernetes-endpoint", {**self.place(), "reachable": True})
        self.assertEqual(self.as_user(self.admin, "GET", MAP)[0], 404)

    def test_every_cluster_has_its_own_authority(self):
        self.make_cluster("other")
        mine, other = self.describe(), self.describe("other")
        self.assertNotEqual(mine["endpoint"], other["endpoint"])
        authority = base64.b64decode(other["certificateAuthority"]["data"]).decode()
        context = ssl.create_default_context(cadata=authority)
        host = mine["endpoint"].removeprefix("https://")
        connection = http.client.HTTPSConnection(host, context=context, timeout=30)
        with self.assertRaises(ssl.SSLCertVerificationError):
            connection.request("GET", "/readyz")

    def test_a_deleted_cluster_does_not_listen(self):
        endpoint = self.describe()["endpoint"]
        self.eks.delete_cluster(name=CLUSTER)
        context = ssl._create_unverified_context()
        connection = http.client.HTTPSConnection(endpoint[8:], context=context, timeout=30)
        with self.assertRaises(ConnectionError):
            connection.request("GET", "/readyz")

    def test_connections_stay_open(self):
        context = ssl._create_unverified_context()
        host = self.describe()["endpoint"].removeprefix("https://")
        connection = http.client.HTTPSConnection(host, context=context, timeout=30)
        self.addCleanup(connection.close)
        sockets = []
        for _ in range(2):
            connection.request("GET", "/readyz")
            self.assertEqual(connection.getresponse().read(), b"ok")
            sockets.append(connection.sock)
        self.assertIs(sockets[0], sockets[1])

    def test_wrong_rules(self):
        wrong = {**self.place(), "rules": [{"methods": []}]}
        status, answer = self.server.control("POST", "kubernetes-faults", wrong)
        self.assertEqual(status, 400)
        self.assertIn("methods", json.dumps(answer))


if __name__ == "__main__":
    unittest.main()
