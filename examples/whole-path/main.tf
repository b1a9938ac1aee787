# The whole way of a team into a cluster: from the permission set to kubectl, and the same for people who come through
# Okta. What the group may do in the cluster is in ../rbac.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
    eks = {
      source = "eks-sso/eks"
    }
  }
}

variable "cluster_account" {
  description = "Account of the cluster, 12 digits."
  type        = string
}

variable "identity_center" {
  description = "The instance, the address at which people sign in, and the group of the team."
  type = object({
    instance_arn = string
    start_url    = string
    group_id     = string
  })
}

variable "okta_metadata" {
  description = "The SAML metadata document of Okta's AWS application."
  type        = string
}

# Terraform runs in the account from which Identity Center is managed, and assumes a role in that of the cluster.
provider "aws" {
  region = "eu-west-1"
}

provider "aws" {
  alias  = "cluster"
  region = "eu-west-1"

  assume_role {
    role_arn = "arn:aws:iam::${var.cluster_account}:role/TerraformAccess"
  }
}

provider "eks" {
  region = "eu-west-1"

  account_access {
    role_name = "TerraformAccess"
  }
}
