variable "accounts" {
  description = <<-EOT
    The accounts, by a name of your choice, and the names of their clusters. The name is part of the addresses in the
    state: renaming an account here removes its grants and creates them again, unless there are moved blocks.
    region defaults to the provider's.
  EOT
  type = map(object({
    account_id = string
    region     = optional(string)
    clusters   = set(string)
  }))
  nullable = false
}

variable "permission_sets" {
  description = <<-EOT
    What the users of each permission set may do, by the permission set's name. With accounts (names of the variable
    accounts), they get in there only: a permission set has a role only where it is assigned.
  EOT
  type = map(object({
    accounts          = optional(set(string))
    kubernetes_groups = optional(set(string), [])
    access_policies = optional(map(object({
      scope      = optional(string)
      namespaces = optional(set(string))
    })), {})
  }))
  nullable = false
}

variable "tags" {
  description = "Tags of all access entries."
  type        = map(string)
  default     = {}
  nullable    = false
}
