"""aws-auth as aws-iam-authenticator reads it: each of its rules, from the table that the provider's own reading is held to."""

import json
import pathlib
import unittest

from kubernetes import aws_auth

RULES = json.loads(pathlib.Path(__file__).with_name("aws_auth_rules.json").read_text(encoding="utf-8"))


class Rules(unittest.TestCase):
    def test_each_rule(self):
        for rule in RULES:
            with self.subTest(rule["rule"]):
                caller = rule["caller"]
                row = aws_auth.find({"data": rule["data"]}, caller, caller.split(":")[4])
                found = row and {"name": row.username, "groups": list(row.groups)}
                self.assertEqual(found, rule["user"])

    def test_no_map_and_no_data_let_nobody_in(self):
        for config_map in (None, {}, {"data": None}, {"data": {}}):
            self.assertIsNone(aws_auth.find(config_map, RULES[0]["caller"], "111122223333"))


if __name__ == "__main__":
    unittest.main()
