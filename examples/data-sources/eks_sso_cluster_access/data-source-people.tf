# With names. They get into the state, so this is off by default.
data "eks_sso_cluster_access" "with_people" {
  cluster_name   = "payments-prod"
  include_people = true
}

output "people" {
  value = { for entry in data.eks_sso_cluster_access.with_people.entries : entry.permission_set_name => entry.people if entry.people != null }
}
