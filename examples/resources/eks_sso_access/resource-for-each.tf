# The same grants on several clusters: one instance for each permission set and cluster, by keys that say what they are.
locals {
  clusters = ["orders-prod", "search-prod"]

  access_policies = {
    ViewOnlyAccess = { AmazonEKSViewPolicy = { scope = "cluster" } }
    PlatformAdmin  = { AmazonEKSClusterAdminPolicy = { scope = "cluster" } }
  }

  grants = merge([for set in keys(local.access_policies) : { for cluster in local.clusters : "${set}/${cluster}" => {
    permission_set_name = set
    cluster_name        = cluster
  } }]...)
}

resource "eks_sso_access" "team" {
  for_each = local.grants

  cluster_name        = each.value.cluster_name
  permission_set_name = each.value.permission_set_name
  access_policies     = local.access_policies[each.value.permission_set_name]
}
