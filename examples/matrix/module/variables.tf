variable "accounts" {
  description = <<-EOT
    The accounts, by a name of your choice, and the names of their clusters. The name is part of the addresses in the
    state: renaming an account here removes its grants and creates them again, unless there are moved blocks.
    `region` defaults to the provider's. An account with clusters in two Regions is two elements.
  EOT
  type = map(object({
    account_id = string
    region     = optional(string)
    clusters   = set(string)
  }))
  nullable = false

  validation {
    condition     = alltrue([for name, account in var.accounts : !strcontains(name, "/")])
    error_message = "Names of accounts are parts of addresses, between slashes, so they have none. Rename ${join(", ", [for name, account in var.accounts : name if strcontains(name, "/")])}."
  }

  validation {
    condition     = alltrue([for account in var.accounts : can(regex("^[0-9]{12}$", account.account_id))])
    error_message = "An account id has 12 digits. Correct ${join(", ", [for name, account in var.accounts : "${name} (${account.account_id})" if !can(regex("^[0-9]{12}$", account.account_id))])}, in quotation marks if it begins with 0."
  }

  validation {
    condition     = alltrue([for account in var.accounts : can(regex("^[a-z]{2,}(-[a-z]+)+-[0-9]+$", account.region)) if account.region != null])
    error_message = "A Region is such as eu-west-1. Correct ${join(", ", [for name, account in var.accounts : "${name} (${account.region})" if account.region != null && !can(regex("^[a-z]{2,}(-[a-z]+)+-[0-9]+$", account.region))])}."
  }

  validation {
    condition     = alltrue([for cluster in flatten([for account in var.accounts : tolist(account.clusters)]) : can(regex("^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$", cluster))])
    error_message = "A cluster's name has letters, digits, - and _, at most 100. It is not an ARN. Correct ${join(", ", [for cluster in flatten([for account in var.accounts : tolist(account.clusters)]) : cluster if !can(regex("^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$", cluster))])}."
  }

  validation {
    condition = length(distinct(flatten([
      for account in var.accounts : [for cluster in account.clusters : "${account.account_id}/${coalesce(account.region, "-")}/${cluster}"]
      ]))) == length(flatten([
      for account in var.accounts : [for cluster in account.clusters : cluster]
    ]))
    error_message = "One cluster is in two elements: each account id, Region and cluster may be there once."
  }
}

variable "access" {
  description = <<-EOT
    Who gets in, and what they may do there. The key is the permission set's name. It may be a name of your choice if
    one of these says who it is: `permission_set_name` (a second element for the same permission set, with other rights
    elsewhere), `role_name` (a role that is not Identity Center's, in each account) or `iam_principal_arn`.

    With `accounts` (names of the variable accounts) and `clusters` (names of clusters) they get in there only, else
    everywhere: a permission set has a role only where it is assigned. The other members are the arguments of
    `eks_sso_access`, with its defaults.
  EOT
  type = map(object({
    permission_set_name = optional(string)
    role_name           = optional(string)
    iam_principal_arn   = optional(string)
    role_account_id     = optional(string)

    accounts = optional(set(string))
    clusters = optional(set(string))

    user_name         = optional(string)
    kubernetes_groups = optional(set(string), [])
    access_policies = optional(map(object({
      scope      = optional(string)
      namespaces = optional(set(string))
    })), {})
    tags = optional(map(string), {})

    policy_management = optional(string)
    on_existing       = optional(string)
    check_aws_auth    = optional(bool)
    preflight         = optional(string)
    triggers          = optional(map(string))
    timeouts = optional(object({
      create = optional(string)
      update = optional(string)
      delete = optional(string)
    }))
  }))
  nullable = false

  validation {
    condition     = alltrue([for name, access in var.access : !strcontains(name, "/")])
    error_message = "Keys of access are parts of addresses, between slashes, so they have none. Rename ${join(", ", [for name, access in var.access : name if strcontains(name, "/")])}."
  }

  validation {
    condition     = alltrue([for access in var.access : length(compact([access.permission_set_name, access.role_name, access.iam_principal_arn])) <= 1])
    error_message = "An element of access is for one principal: at most one of permission_set_name, role_name and iam_principal_arn. Correct ${join(", ", [for name, access in var.access : name if length(compact([access.permission_set_name, access.role_name, access.iam_principal_arn])) > 1])}."
  }

  validation {
    condition = alltrue(flatten([
      for access in var.access : [for policy in access.access_policies : policy == null ? false : (policy.scope == null) != (policy.namespaces == null)]
    ]))
    error_message = "Each access policy has either scope = \"cluster\" or namespaces. Correct ${join(", ", flatten([for name, access in var.access : [for policy_name, policy in access.access_policies : "${name}: ${policy_name}" if policy == null ? true : (policy.scope == null) == (policy.namespaces == null)]]))}."
  }

  validation {
    condition     = alltrue([for access in var.access : contains(["exclusive", "additive"], coalesce(access.policy_management, "exclusive"))])
    error_message = "policy_management is \"exclusive\" or \"additive\". Correct ${join(", ", [for name, access in var.access : "${name} (${access.policy_management})" if !contains(["exclusive", "additive"], coalesce(access.policy_management, "exclusive"))])}."
  }

  validation {
    condition     = alltrue([for access in var.access : contains(["fail", "adopt"], coalesce(access.on_existing, "fail"))])
    error_message = "on_existing is \"fail\" or \"adopt\". Correct ${join(", ", [for name, access in var.access : "${name} (${access.on_existing})" if !contains(["fail", "adopt"], coalesce(access.on_existing, "fail"))])}."
  }

  validation {
    condition     = alltrue([for access in var.access : contains(["plan", "apply"], coalesce(access.preflight, "plan"))])
    error_message = "preflight is \"plan\" or \"apply\". Correct ${join(", ", [for name, access in var.access : "${name} (${access.preflight})" if !contains(["plan", "apply"], coalesce(access.preflight, "plan"))])}."
  }

  validation {
    condition     = length(setsubtract(flatten([for access in var.access : access.accounts == null ? [] : tolist(access.accounts)]), keys(var.accounts))) == 0
    error_message = "access names accounts that the variable accounts does not have: ${join(", ", setsubtract(flatten([for access in var.access : access.accounts == null ? [] : tolist(access.accounts)]), keys(var.accounts)))}. Correct the names, or add the accounts."
  }

  # A misspelt name would let nobody in, without a word.
  validation {
    condition = alltrue(flatten([
      for access in var.access : access.clusters == null ? [] : [
        for cluster in access.clusters : anytrue([
          for name, account in var.accounts : contains(account.clusters, cluster)
          if access.accounts == null ? true : contains(access.accounts, name)
        ])
      ]
    ]))
    error_message = "access names clusters that none of its accounts has: ${join(", ", flatten([
      for key, access in var.access : access.clusters == null ? [] : [
        for cluster in access.clusters : "${key}: ${cluster}" if !anytrue([
          for name, account in var.accounts : contains(account.clusters, cluster)
          if access.accounts == null ? true : contains(access.accounts, name)
        ])
      ]
    ]))}. Correct the names, or add the clusters."
  }

  # Two grants for one access entry would fail half-way through the apply.
  validation {
    condition = alltrue([
      for grants in {
        for grant in flatten([
          for key, access in var.access : [
            for name, account in var.accounts : [
              for cluster in account.clusters : join(" ", [
                coalesce(access.iam_principal_arn, try("role ${access.role_name}", null), access.permission_set_name, key),
                "of ${coalesce(access.role_account_id, account.account_id)} in ${name}/${cluster}"
              ])
              if access.clusters == null ? true : contains(access.clusters, cluster)
            ]
            if access.accounts == null ? true : contains(access.accounts, name)
          ]
        ]) : grant => grant...
      } : length(grants) == 1
    ])
    error_message = "Two elements of access let the same principal into the same cluster, which has one access entry for it: ${join(", ", [
      for grant, grants in {
        for grant in flatten([
          for key, access in var.access : [
            for name, account in var.accounts : [
              for cluster in account.clusters : join(" ", [
                coalesce(access.iam_principal_arn, try("role ${access.role_name}", null), access.permission_set_name, key),
                "of ${coalesce(access.role_account_id, account.account_id)} in ${name}/${cluster}"
              ])
              if access.clusters == null ? true : contains(access.clusters, cluster)
            ]
            if access.accounts == null ? true : contains(access.accounts, name)
          ]
        ]) : grant => grant...
      } : grant if length(grants) > 1
    ])}. Merge them, or give them different accounts or clusters."
  }
}

variable "kubeconfigs" {
  description = <<-EOT
    With an object, `{}` at least, there is a kubeconfig for each grant in the output `kubeconfigs`; it needs clusters that
    exist when the plan is made. With `sso_start_url` (the address of the AWS access portal) there is also what belongs
    into `~/.aws/config`. The members are arguments of `eks_sso_kubeconfig`, with its defaults.
  EOT
  type = object({
    namespace        = optional(string)
    sso_start_url    = optional(string)
    sso_region       = optional(string)
    sso_session_name = optional(string)
  })
  default = null

  validation {
    condition     = var.kubeconfigs == null ? true : var.kubeconfigs.sso_start_url == null ? true : startswith(var.kubeconfigs.sso_start_url, "https://")
    error_message = "sso_start_url is the address of the AWS access portal, such as https://d-1234567890.awsapps.com/start."
  }
}

variable "tags" {
  description = "Tags of all access entries. Those of an element of `access` are added to them and come first."
  type        = map(string)
  default     = {}
  nullable    = false
}
