terraform {
  required_providers {
    eks = {
      source  = "eks-sso/eks"
      version = "~> 0.1"
    }
  }
}

# Credentials come from the environment, the shared files, or wherever else the AWS CLI finds them.
provider "eks" {
  region = "eu-west-1"
}
