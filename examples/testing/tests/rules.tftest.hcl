# terraform test: without AWS and without credentials. The provider's schema is real, its answers are made up.
mock_provider "eks" {}

# Otherwise status is unknown in a plan, and so is the result of the check block. override_during needs Terraform 1.11.
override_resource {
  target          = eks_sso_access.this
  override_during = plan
  values = {
    status = null
  }
}

run "developers_edit_in_their_namespaces_only" {
  command = plan

  assert {
    condition = alltrue([
      for name, policy in eks_sso_access.this["DeveloperAccess"].access_policies :
      policy.namespaces != null if name != "AmazonEKSViewPolicy"
    ])
    error_message = "DeveloperAccess may change things only in namespaces."
  }
}

run "others_never_become_cluster_admin" {
  command = plan

  variables {
    grants = {
      DeveloperAccess = { AmazonEKSClusterAdminPolicy = { scope = "cluster" } }
    }
  }

  expect_failures = [eks_sso_access.this]
}
