# A table for auditors: terraform output -raw access_csv > access.csv
data "eks_sso_cluster_access" "payments" {
  cluster_name = "payments-prod"
}

locals {
  access_columns = ["cluster", "account", "way in", "who", "rights", "status"]
  access_rows = [for entry in data.eks_sso_cluster_access.payments.entries : [
    data.eks_sso_cluster_access.payments.cluster_name,
    data.eks_sso_cluster_access.payments.account_id,
    entry.way_in,
    coalesce(entry.permission_set_name, entry.principal_arn),
    entry.rights,
    entry.status,
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
