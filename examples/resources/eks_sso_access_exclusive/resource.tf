# Two grants, and nobody else: any other access entry for people shows in the next plan, and is removed by its apply.
resource "eks_sso_access" "payments" {
  for_each = {
    DeveloperAccess     = { AmazonEKSViewPolicy = { scope = "cluster" } }
    AdministratorAccess = { AmazonEKSClusterAdminPolicy = { scope = "cluster" } }
  }

  cluster_name        = "payments-prod"
  permission_set_name = each.key
  access_policies     = each.value
}

resource "eks_sso_access_exclusive" "payments" {
  cluster_name   = "payments-prod"
  principal_arns = [for grant in eks_sso_access.payments : grant.principal_arn]

  # Entries that others manage, and the role that Terraform runs as.
  ignore = [
    "arn:aws:iam::*:role/terraform/*",
    "arn:aws:iam::222233334444:role/ClusterCreator",
  ]
}
