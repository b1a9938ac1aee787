# Several clusters, each with its own grants.
locals {
  grants = {
    orders-prod = ["DeveloperAccess", "AdministratorAccess"]
    search-prod = ["AdministratorAccess"]
  }
}

resource "eks_sso_access" "team" {
  for_each = merge([for cluster, sets in local.grants : {
    for set in sets : "${cluster}/${set}" => { cluster = cluster, set = set }
  }]...)

  cluster_name        = each.value.cluster
  permission_set_name = each.value.set

  access_policies = each.value.set == "AdministratorAccess" ? {
    AmazonEKSClusterAdminPolicy = { scope = "cluster" }
    } : {
    AmazonEKSViewPolicy = { scope = "cluster" }
  }
}

resource "eks_sso_access_exclusive" "team" {
  for_each = local.grants

  cluster_name   = each.key
  principal_arns = [for grant in eks_sso_access.team : grant.principal_arn if grant.cluster_name == each.key]
}
