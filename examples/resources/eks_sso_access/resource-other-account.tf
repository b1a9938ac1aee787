# A cluster in another account and Region. The provider block has account_access, which says how to get there.
resource "eks_sso_access" "developers_orders" {
  account_id          = "333344445555"
  region              = "eu-central-1"
  cluster_name        = "orders-prod"
  permission_set_name = "DeveloperAccess"

  access_policies = {
    AmazonEKSViewPolicy = { scope = "cluster" }
  }
}

# Users of a permission set of one account (tools) get into a cluster of another: the entry is for the role there.
resource "eks_sso_access" "tools" {
  cluster_name        = "payments-prod"
  permission_set_name = "ToolsAccess"
  role_account_id     = "444455556666"

  access_policies = {
    AmazonEKSViewPolicy = { namespaces = ["tools"] }
  }
}
