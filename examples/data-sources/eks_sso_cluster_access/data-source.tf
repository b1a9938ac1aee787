# A table for auditors: terraform output -raw access_csv > access.csv
data "eks_sso_cluster_access" "payments" {
  cluster_name = "payments-prod"
}

locals {
  access_columns = ["who", "account", "status", "policies", "groups", "since"]
  access_rows = [for entry in data.eks_sso_cluster_access.payments.entries : [
    coalesce(entry.permission_set_name, entry.principal_arn),
    coalesce(entry.account_id, "-"),
    entry.status,
    join("; ", [for name, policy in entry.access_policies :
      policy.namespaces == null ? "${name} (cluster)" : "${name} (${join(" ", policy.namespaces)})"
    ]),
    join("; ", entry.kubernetes_groups),
    coalesce(entry.created_at, "-"),
  ]]
}

output "access_csv" {
  value = join("\n", [for row in concat([local.access_columns], local.access_rows) :
    join(",", [for cell in row : "\"${replace(cell, "\"", "\"\"")}\""])
  ])
}

output "access_markdown" {
  value = join("\n", [for row in concat([local.access_columns, [for column in local.access_columns : "---"]], local.access_rows) :
    "| ${join(" | ", row)} |"
  ])
}

# What the table does not show.
output "access_not_covered" {
  value = data.eks_sso_cluster_access.payments.not_covered
}
