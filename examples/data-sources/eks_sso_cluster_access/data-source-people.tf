# With names, the members of groups included. They get into the state, so this is off by default.
data "eks_sso_cluster_access" "with_people" {
  for_each = toset(["payments-prod"])

  cluster_name    = each.key
  include_members = true
}

# The key of each entry is its own: after a new suffix a permission set may have two.
output "people" {
  value = { for name, cluster in data.eks_sso_cluster_access.with_people : name => {
    for entry in cluster.entries : entry.key => entry.people if entry.people != null
  } }
}
