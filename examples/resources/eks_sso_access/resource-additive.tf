# An entry that others manage as well. This configuration adds one group and one policy, and takes only these away again.
resource "eks_sso_access" "shared" {
  cluster_name        = "payments-prod"
  permission_set_name = "SupportAccess"
  policy_management   = "additive"
  kubernetes_groups   = ["support"]

  access_policies = {
    AmazonEKSViewPolicy = { namespaces = ["payments"] }
  }
}
