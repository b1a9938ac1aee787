# Takes over an entry that exists already, such as the one that EKS made for the creator of the cluster. The plan warns of
# each change. A destroy deletes the entry.
resource "eks_sso_access" "admins" {
  cluster_name        = "payments-prod"
  permission_set_name = "AdministratorAccess"
  on_existing         = "adopt"

  access_policies = {
    AmazonEKSClusterAdminPolicy = { scope = "cluster" }
  }
}
