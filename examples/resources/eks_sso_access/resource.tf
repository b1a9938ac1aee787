# Users with the permission set DeveloperAccess may view everything, and change what is in their team's namespaces.
resource "eks_sso_access" "developers" {
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
  kubernetes_groups   = ["team-payments"]

  access_policies = {
    AmazonEKSViewPolicy = { scope = "cluster" }
    AmazonEKSEditPolicy = { namespaces = ["payments", "payments-*"] }
  }

  tags = {
    team = "payments"
  }
}
