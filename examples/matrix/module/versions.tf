# Every module that uses the provider needs this: without it Terraform looks for hashicorp/eks.
terraform {
  required_version = ">= 1.8" # functions of providers

  required_providers {
    eks = {
      source = "eks-sso/eks"
    }
  }
}
