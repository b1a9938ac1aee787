# A role that is not Identity Center's. Its path, if it has one, is found.
resource "eks_sso_access" "break_glass" {
  cluster_name = "payments-prod"
  role_name    = "BreakGlass"

  access_policies = {
    AmazonEKSClusterAdminPolicy = { scope = "cluster" }
  }
}
