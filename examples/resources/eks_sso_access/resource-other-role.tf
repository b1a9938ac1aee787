# A role that is not Identity Center's, for emergencies or for users of another identity provider. Its path, if it has one, is
# found.
resource "eks_sso_access" "break_glass" {
  cluster_name = "payments-prod"
  role_name    = "BreakGlass"

  access_policies = {
    AmazonEKSClusterAdminPolicy = { scope = "cluster" }
  }
}
