# A role that is not Identity Center's, for emergencies or for users of another identity provider. Its path, if it has one, is
# found.
resource "eks_sso_access" "break_glass" {
  cluster_name = "payments-prod"
  role_name    = "BreakGlass"

  access_policies = {
    AmazonEKSClusterAdminPolicy = { scope = "cluster" }
  }
}

# An IAM user, or a role of an account that the provider cannot read: by its ARN, with its path.
resource "eks_sso_access" "auditor" {
  cluster_name      = "payments-prod"
  iam_principal_arn = "arn:aws:iam::555566667777:user/auditor"

  access_policies = {
    AmazonEKSViewPolicy = { scope = "cluster" }
  }
}
