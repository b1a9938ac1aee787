# The same rows in several clusters, also in another account (the provider block has account_access for it).
locals {
  legacy_clusters = {
    orders-legacy = "333344445555"
    search-legacy = "444455556666"
  }
}

resource "eks_sso_aws_auth" "viewers" {
  for_each = local.legacy_clusters

  cluster_name        = each.key
  account_id          = each.value
  permission_set_name = "ViewOnlyAccess"
  user_name           = "sso:{{SessionName}}"
  kubernetes_groups   = ["viewers"]
}
