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

# Lets people with this permission set in, as members of a Kubernetes group. By itself the group may do nothing:
# what it may is in manifests/, or in kubernetes/main.tf for those who prefer Terraform.
resource "eks_sso_access" "payments" {
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
  user_name           = "sso:{{SessionName}}"
  kubernetes_groups   = ["team-payments"]
}
