# Every module that uses the provider needs this: without it Terraform looks for hashicorp/eks.
terraform {
  required_version = ">= 1.9" # variables that are validated against each other

  required_providers {
    eks = {
      source = "eks-sso/eks"
    }
  }
}
