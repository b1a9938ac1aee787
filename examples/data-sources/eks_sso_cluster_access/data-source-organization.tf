# Every way into every cluster of an organization: terraform output -raw ways_in_csv > ways-in.csv
locals {
  clusters = {
    "payments/prod"  = { account_id = "222233334444", region = "eu-west-1", cluster_name = "payments-prod" }
    "payments/stage" = { account_id = "333344445555", region = "eu-west-1", cluster_name = "payments-stage" }
  }
}

data "eks_sso_cluster_access" "each" {
  for_each = local.clusters

  account_id   = each.value.account_id
  region       = each.value.region
  cluster_name = each.value.cluster_name

  include_aws_auth = true
}

locals {
  # Entries and rows of aws-auth call the same things by the same names.
  ways_in = flatten([for cluster in data.eks_sso_cluster_access.each : [
    for way in concat(cluster.entries, coalesce(cluster.aws_auth_rows, [])) : {
      cells = [
        cluster.cluster_name,
        cluster.account_id,
        way.way_in,
        coalesce(way.permission_set_name, way.principal_arn, way.account_id, "nobody"),
        way.rights,
        way.status,
      ]
    }
  ]])
}

output "ways_in_csv" {
  value = join("\n", [
    for cells in concat([["cluster", "account", "way in", "who", "rights", "status"]], local.ways_in[*].cells) :
    join(",", [for cell in cells : "\"${replace(cell, "\"", "\"\"")}\""])
  ])
}

# Where something could not be read, the table has a gap, and this says so.
output "ways_in_not_covered" {
  value = { for name, cluster in data.eks_sso_cluster_access.each : name => cluster.not_covered }
}
