resource "eks_sso_access" "each" {
  for_each = toset(["DeveloperAccess", "ViewOnlyAccess"])

  cluster_name        = "payments-prod"
  permission_set_name = each.key

  access_policies = {
    AmazonEKSViewPolicy = { scope = "cluster" }
  }
}

# terraform output -raw matrix >> "$GITHUB_STEP_SUMMARY"
output "matrix" {
  value = provider::eks::access_matrix(eks_sso_access.each)
}

# Grants of several resources: provider::eks::access_matrix(concat(values(eks_sso_access.each), [eks_sso_access.other]))
