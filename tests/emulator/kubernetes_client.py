"""A Kubernetes client for the tests: EKS tokens, and requests over TLS."""

import base64
import datetime
import json
import ssl
import urllib.error
import urllib.request
from unittest import mock

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from harness import REGION, EmulatorTest, access_key

CLUSTER = "demo"
SECRET = "not-a-secret"


def token(
    credentials,
    cluster=CLUSTER,
    region=REGION,
    url=None,
    age_seconds=0,
    headers=None,
    expires=60,
    query="Action=GetCallerIdentity&Version=2011-06-15",
):
    """What `aws eks get-token` prints; the other arguments make it wrong."""
    headers = {"x-k8s-aws-id": cluster} if headers is None else headers
    url = url or f"https://sts.{region}.amazonaws.com"
    request = AWSRequest("GET", f"{url}/?{query}", headers)
    signer = botocore.auth.SigV4QueryAuth(Credentials(*credentials), "sts", region, expires)
    now = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=age_seconds)
    with mock.patch.object(botocore.auth, "get_current_datetime", lambda: now):
        signer.add_auth(request)
    return "k8s-aws-v1." + base64.urlsafe_b64encode(request.url.encode()).decode().rstrip("=")


class KubernetesTest(EmulatorTest):
    """A test with a cluster, whose account's test user is its administrator."""

    def setUp(self):
        super().setUp()
        self.make_cluster(CLUSTER)
        self.admin = self.key_of(self.account)

    def key_of(self, account):
        return access_key(account), SECRET

    def session(self, role_arn, name="ann@example.com"):
        """Credentials of a role session."""
        sts = self.client("sts", account=role_arn.split(":")[4])
        answer = sts.assume_role(RoleArn=role_arn, RoleSessionName=name)["Credentials"]
        return answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"]

    def describe(self, cluster=CLUSTER):
        return self.eks.describe_cluster(name=cluster)["cluster"]

    def send(self, bearer, method, path, body=None, content_type="application/json", **headers):
        """Return (status, decoded body). Certificates are checked against the cluster's CA."""
        cluster = self.describe()
        authority = base64.b64decode(cluster["certificateAuthority"]["data"]).decode()
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(cluster["endpoint"] + path, data, headers, method=method)
        request.add_header("Content-Type", content_type)
        if bearer:
            request.add_header("Authorization", f"Bearer {bearer}")
        context = ssl.create_default_context(cadata=authority)
        try:
            with urllib.request.urlopen(request, timeout=30, context=context) as answer:
                raw, status = answer.read(), answer.status
        except urllib.error.HTTPError as error:
            raw, status = error.read(), error.code
        return status, json.loads(raw) if raw[:1] in (b"{", b"[") else raw.decode()

    def as_user(self, credentials, method, path, body=None, **more):
        return self.send(token(credentials), method, path, body, **more)

    def ok(self, credentials, method, path, body=None, **more):
        status, answer = self.as_user(credentials, method, path, body, **more)
        self.assertIn(status, (200, 201), answer)
        return answer

    def refused(self, code, reason, message, credentials, method, path, body=None, **more):
        status, answer = self.as_user(credentials, method, path, body, **more)
        self.assertEqual((status, answer["reason"]), (code, reason), answer)
        self.assertEqual((answer["kind"], answer["code"]), ("Status", code))
        self.assertIn(message, answer["message"])

    def who_am_i(self, credentials):
        """The user's name and groups, or the HTTP status."""
        review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
        path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
        status, answer = self.as_user(credentials, "POST", path, review)
        if status != 201:
            return status
        return answer["status"]["userInfo"]["username"], answer["status"]["userInfo"]["groups"]

    def put(self, path, object):
        """Without credentials, by the control endpoint."""
        place = {"account": self.account, "region": REGION, "cluster": CLUSTER}
        return self.control("PUT", "kubernetes", {**place, "path": path, "object": object})

    def put_aws_auth(self, **data):
        self.put("/api/v1/namespaces/kube-system/configmaps/aws-auth", {"data": data})

    def place(self):
        return {"account": self.account, "region": REGION, "cluster": CLUSTER}

    def requests(self):
        return self.control("GET", "kubernetes-requests", **self.place())["requests"]
