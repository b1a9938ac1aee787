# A new cluster and its grants in one apply. The grants take the cluster's name from its resource, and nothing else: they
# come after it, and wait until it is active. What the plan can know, it checks.

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

variable "subnet_ids" {
  description = "Subnets of the cluster, in at least two availability zones."
  type        = list(string)
}

provider "aws" {
  region = "eu-west-1"
}

provider "eks" {
  region = "eu-west-1"
}

resource "aws_iam_role" "cluster" {
  name = "payments-cluster"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "eks.amazonaws.com" }
      Action    = ["sts:AssumeRole", "sts:TagSession"]
    }]
  })
}

resource "aws_iam_role_policy_attachment" "cluster" {
  role       = aws_iam_role.cluster.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
}

# Without access_config a new cluster takes no access entries. The identity that runs Terraform gets no
# access of its own: the grants say who is an administrator.
resource "aws_eks_cluster" "payments" {
  name     = "payments-prod"
  role_arn = aws_iam_role.cluster.arn

  access_config {
    authentication_mode                         = "API"
    bootstrap_cluster_creator_admin_permissions = false
  }

  vpc_config {
    subnet_ids = var.subnet_ids
  }

  depends_on = [aws_iam_role_policy_attachment.cluster]
}
