# terraform test, without AWS: the provider's schema is real, its answers are made up. mock_provider needs Terraform 1.7.
mock_provider "eks" {
  mock_resource "eks_sso_access" {
    defaults = {
      principal_arn = "arn:aws:iam::222233334444:role/Mocked"
      status        = null
    }
  }

  mock_data "eks_sso_kubeconfig" {
    defaults = {
      kubeconfig = "apiVersion: v1\n"
      aws_config = "[sso-session sso]\n\n[profile developers]\n"
    }
  }
}

variables {
  accounts = {
    payments = { account_id = "222233334444", clusters = ["blue", "green"] }
    orders   = { account_id = "333344445555", region = "eu-central-1", clusters = ["blue"] }
  }
  access = {
    DeveloperAccess = { access_policies = { AmazonEKSViewPolicy = { scope = "cluster" } } }
  }
}

run "each_set_gets_into_each_cluster_of_each_account" {
  assert {
    condition     = keys(output.grants) == ["DeveloperAccess/orders/blue", "DeveloperAccess/payments/blue", "DeveloperAccess/payments/green"]
    error_message = "The grants are ${join(", ", keys(output.grants))}."
  }

  assert {
    condition     = eks_sso_access.this["DeveloperAccess/orders/blue"].region == "eu-central-1"
    error_message = "The Region of an account is not that of its grants."
  }

  assert {
    condition     = length(output.kubeconfigs) == 0 && output.aws_config == null
    error_message = "Nobody asked for kubeconfigs."
  }

  assert {
    condition     = length(output.locked_out) == 0
    error_message = "Nobody is locked out."
  }
}

run "accounts_and_clusters_narrow_a_grant" {
  command = plan

  variables {
    access = {
      DeveloperAccess = { accounts = ["payments"] }
      ViewOnlyAccess  = { clusters = ["green"] }
    }
  }

  assert {
    condition     = keys(eks_sso_access.this) == ["DeveloperAccess/payments/blue", "DeveloperAccess/payments/green", "ViewOnlyAccess/payments/green"]
    error_message = "The grants are ${join(", ", keys(eks_sso_access.this))}."
  }
}

run "key_is_a_name_of_your_choice_where_something_else_says_who" {
  command = plan

  variables {
    access = {
      "developers here" = { permission_set_name = "DeveloperAccess", clusters = ["green"] }
      "break glass"     = { role_name = "BreakGlass", clusters = ["green"] }
      "auditor"         = { iam_principal_arn = "arn:aws:iam::444455556666:user/auditor", clusters = ["green"] }
    }
  }

  assert {
    condition = (
      eks_sso_access.this["developers here/payments/green"].permission_set_name == "DeveloperAccess"
      && eks_sso_access.this["break glass/payments/green"].role_name == "BreakGlass"
      && eks_sso_access.this["auditor/payments/green"].iam_principal_arn == "arn:aws:iam::444455556666:user/auditor"
    )
    error_message = "A grant is for somebody else than its element of access says."
  }
}

run "all_arguments_arrive" {
  command = plan

  variables {
    tags = { team = "platform", stage = "prod" }
    access = {
      DeveloperAccess = {
        clusters          = ["green"]
        role_account_id   = "444455556666"
        user_name         = "sso:{{SessionName}}"
        kubernetes_groups = ["developers"]
        access_policies   = { AmazonEKSEditPolicy = { namespaces = ["team-*"] } }
        tags              = { team = "payments" }
        policy_management = "additive"
        on_existing       = "adopt"
        check_aws_auth    = true
        preflight         = "apply"
        triggers          = { assignment = "1" }
        timeouts          = { create = "1m", update = "2m", delete = "3m" }
      }
    }
  }

  assert {
    condition = alltrue([for grant in values(eks_sso_access.this) : (
      grant.account_id == "222233334444" && grant.cluster_name == "green" && grant.role_account_id == "444455556666"
      && grant.user_name == "sso:{{SessionName}}" && grant.kubernetes_groups == toset(["developers"])
      && grant.access_policies["AmazonEKSEditPolicy"].namespaces == toset(["team-*"])
      && grant.policy_management == "additive" && grant.on_existing == "adopt" && grant.check_aws_auth
      && grant.preflight == "apply" && grant.triggers["assignment"] == "1"
      && grant.timeouts.create == "1m" && grant.timeouts.update == "2m" && grant.timeouts.delete == "3m"
    )])
    error_message = "An argument is lost on its way into the grant."
  }

  assert {
    condition     = eks_sso_access.this["DeveloperAccess/payments/green"].tags == tomap({ team = "payments", stage = "prod" })
    error_message = "The element's own tags come first, those of all grants after them."
  }
}

run "kubeconfigs_on_request" {
  variables {
    kubeconfigs = { sso_start_url = "https://d-1234567890.awsapps.com/start", namespace = "team-a" }
    access = {
      DeveloperAccess = {}
      BreakGlass      = { role_name = "BreakGlass", accounts = ["orders"] }
      Auditor         = { iam_principal_arn = "arn:aws:iam::444455556666:user/auditor", accounts = ["orders"] }
    }
  }

  assert {
    condition = keys(output.kubeconfigs) == [
      "BreakGlass/orders/blue", "DeveloperAccess/orders/blue", "DeveloperAccess/payments/blue", "DeveloperAccess/payments/green"
    ]
    error_message = "There are kubeconfigs for ${join(", ", keys(output.kubeconfigs))}. IAM users have none."
  }

  assert {
    condition     = output.aws_config == "[sso-session sso]\n\n[profile developers]\n"
    error_message = "A section is not there once: ${output.aws_config}"
  }
}

run "account_id_has_twelve_digits" {
  command = plan
  variables {
    accounts = { payments = { account_id = "22223333444", clusters = ["blue"] } }
  }
  expect_failures = [var.accounts]
}

run "region_is_no_zone" {
  command = plan
  variables {
    accounts = { payments = { account_id = "222233334444", region = "eu-west-1a", clusters = ["blue"] } }
  }
  expect_failures = [var.accounts]
}

run "cluster_is_a_name" {
  command = plan
  variables {
    accounts = { payments = { account_id = "222233334444", clusters = ["arn:aws:eks:eu-west-1:222233334444:cluster/blue"] } }
  }
  expect_failures = [var.accounts]
}

run "name_of_an_account_has_no_slash" {
  command = plan
  variables {
    accounts = { "payments/prod" = { account_id = "222233334444", clusters = ["blue"] } }
  }
  expect_failures = [var.accounts]
}

run "cluster_is_there_once" {
  command = plan
  variables {
    accounts = {
      payments = { account_id = "222233334444", clusters = ["blue"] }
      billing  = { account_id = "222233334444", clusters = ["blue"] }
    }
  }
  expect_failures = [var.accounts]
}

run "key_of_access_has_no_slash" {
  command = plan
  variables {
    access = { "DeveloperAccess/payments" = {} }
  }
  expect_failures = [var.access]
}

run "element_is_for_one_principal" {
  command = plan
  variables {
    access = { DeveloperAccess = { permission_set_name = "DeveloperAccess", role_name = "Developer" } }
  }
  expect_failures = [var.access]
}

run "policy_has_one_kind_of_scope" {
  command = plan
  variables {
    access = { DeveloperAccess = { access_policies = { AmazonEKSViewPolicy = { scope = "cluster", namespaces = ["a"] } } } }
  }
  expect_failures = [var.access]
}

run "policy_management_is_one_of_two" {
  command = plan
  variables {
    access = { DeveloperAccess = { policy_management = "shared" } }
  }
  expect_failures = [var.access]
}

run "on_existing_is_one_of_two" {
  command = plan
  variables {
    access = { DeveloperAccess = { on_existing = "import" } }
  }
  expect_failures = [var.access]
}

run "preflight_is_one_of_two" {
  command = plan
  variables {
    access = { DeveloperAccess = { preflight = "never" } }
  }
  expect_failures = [var.access]
}

run "account_of_access_exists" {
  command = plan
  variables {
    access = { DeveloperAccess = { accounts = ["paymnets"] } }
  }
  expect_failures = [var.access]
}

run "cluster_of_access_exists_in_its_accounts" {
  command = plan
  variables {
    access = { DeveloperAccess = { accounts = ["orders"], clusters = ["green"] } }
  }
  expect_failures = [var.access]
}

run "principal_gets_in_once" {
  command = plan
  variables {
    access = {
      DeveloperAccess = { clusters = ["blue"] }
      "developers"    = { permission_set_name = "DeveloperAccess", accounts = ["orders"] }
    }
  }
  expect_failures = [var.access]
}

run "start_url_is_an_address" {
  command = plan
  variables {
    kubeconfigs = { sso_start_url = "d-1234567890" }
  }
  expect_failures = [var.kubeconfigs]
}
