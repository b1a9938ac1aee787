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
  # or an element of var.access touches no other grant.
  grants = merge([
    for name, access in var.access : {
      for place, cluster in local.clusters : "${name}/${place}" => merge(access, cluster, {
        # The key is the permission set's name, unless something else says who gets in.
        permission_set_name = (
          access.role_name == null && access.iam_principal_arn == null ? coalesce(access.permission_set_name, name) : null
        )
      })
      if(access.accounts == null ? true : contains(access.accounts, cluster.account))
      && (access.clusters == null ? true : contains(access.clusters, cluster.cluster_name))
    }
  ]...)
}

resource "eks_sso_access" "this" {
  for_each = local.grants

  account_id   = each.value.account_id
  region       = each.value.region
  cluster_name = each.value.cluster_name

  permission_set_name = each.value.permission_set_name
  role_name           = each.value.role_name
  iam_principal_arn   = each.value.iam_principal_arn
  role_account_id     = each.value.role_account_id

  user_name         = each.value.user_name
  kubernetes_groups = each.value.kubernetes_groups
  access_policies   = each.value.access_policies
  tags              = merge(var.tags, each.value.tags)

  policy_management = each.value.policy_management
  on_existing       = each.value.on_existing
  check_aws_auth    = each.value.check_aws_auth
  preflight         = each.value.preflight
  triggers          = each.value.triggers

  dynamic "timeouts" {
    for_each = each.value.timeouts[*]

    content {
      create = timeouts.value.create
      update = timeouts.value.update
      delete = timeouts.value.delete
    }
  }
}

# An IAM user has no role to make a token with.
data "eks_sso_kubeconfig" "this" {
  for_each = {
    for key, grant in local.grants : key => grant
    if var.kubeconfigs != null && !strcontains(coalesce(grant.iam_principal_arn, "none"), ":user/")
  }

  account_id   = each.value.account_id
  region       = each.value.region
  cluster_name = each.value.cluster_name

  permission_set_name = each.value.permission_set_name
  role_account_id     = each.value.permission_set_name == null ? null : each.value.role_account_id
  role_arn            = each.value.permission_set_name == null ? eks_sso_access.this[each.key].principal_arn : null

  namespace        = var.kubeconfigs.namespace
  sso_start_url    = each.value.permission_set_name == null ? null : var.kubeconfigs.sso_start_url
  sso_region       = each.value.permission_set_name == null ? null : var.kubeconfigs.sso_region
  sso_session_name = each.value.permission_set_name == null ? null : var.kubeconfigs.sso_session_name
}
