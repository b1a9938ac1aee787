data "eks_sso_role" "developers" {
  permission_set_name = "DeveloperAccess"
}

# The policy of a bucket that these users may read, also after Identity Center has recreated their role.
locals {
  reports_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = data.eks_sso_role.developers.account_id }
      Action    = "s3:GetObject"
      Resource  = "arn:aws:s3:::payments-reports/*"
      Condition = {
        ArnLike = { "aws:PrincipalArn" = data.eks_sso_role.developers.arn_pattern }
      }
    }]
  })
}
