# Every module that uses the provider needs this: without it Terraform looks for hashicorp/eks.
terraform {
  required_version = ">= 1.3"

  required_providers {
    eks = {
      source = "eks-sso/eks"
    }
  }
}
