locals {
  # payments/blue = { account, account_id, region, cluster_name }
  clusters = merge([
    for name, account in var.accounts : {
      for cluster in account.clusters : "${name}/${cluster}" => {
        account      = name
        account_id   = account.account_id
        region       = account.region
        cluster_name = cluster
      }
    }
  ]...)

  # DeveloperAccess/payments/blue = { … }. Keys that say what they stand for: adding or removing an account, a cluster
  # or a permission set touches no other grant.
  grants = merge([
    for permission_set, access in var.permission_sets : {
      for place, cluster in local.clusters : "${permission_set}/${place}" => merge(cluster, {
        permission_set_name = permission_set
        kubernetes_groups   = access.kubernetes_groups
        access_policies     = access.access_policies
      })
      if access.accounts == null ? true : contains(access.accounts, cluster.account)
    }
  ]...)

  unknown_accounts = setsubtract(
    flatten([for access in var.permission_sets : access.accounts == null ? [] : tolist(access.accounts)]),
    keys(var.accounts)
  )
}

resource "eks_sso_access" "this" {
  for_each = local.grants

  account_id          = each.value.account_id
  region              = each.value.region
  cluster_name        = each.value.cluster_name
  permission_set_name = each.value.permission_set_name

  kubernetes_groups = each.value.kubernetes_groups
  access_policies   = each.value.access_policies
  tags              = var.tags
}
