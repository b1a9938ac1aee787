# One grant: users with the permission set DeveloperAccess may view everything in the cluster, and change what is in
# namespaces that begin with "payments".
terraform {
  required_providers {
    eks = {
      source = "eks-sso/eks"
    }
  }
}

provider "eks" {
  region = "eu-west-1"
}

resource "eks_sso_access" "developers" {
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"

  access_policies = {
    AmazonEKSViewPolicy = { scope = "cluster" }
    AmazonEKSEditPolicy = { namespaces = ["payments*"] }
  }
}

output "role" {
  value = eks_sso_access.developers.principal_arn
}
