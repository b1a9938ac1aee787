"""STS: sessions that belong to the role's account, and roles that may not be assumed."""

import account_settings
import accounts
from errors import AwsError
from moto.sts.models import STSBackend
from moto.sts.responses import TokenResponse


def check_assume_role(call):
    role_arn = call.get("RoleArn", "")
    if not _is_refused(call.account, role_arn):
        return
    if call.operation == "AssumeRole":
        message = (
            f"User: {call.caller_arn} is not authorized to perform: sts:AssumeRole "
            f"on resource: {role_arn}"
        )
    else:
        message = f"Not authorized to perform sts:{call.operation}"
    raise AwsError("AccessDenied", message, 403)


def _is_refused(caller_account, role_arn):
    parts = role_arn.split(":")
    role_account = parts[4] if len(parts) > 5 else caller_account
    refusals = (account_settings.of(a).refused_roles for a in (caller_account, role_account))
    return any(role_arn in refused for refused in refusals)


def install():
    """Keep every session, tell who the caller is, and echo the source identity."""
    assume_role = STSBackend.assume_role

    def assume_and_remember(self, **request):
        session = assume_role(self, **request)
        accounts.remember_session(session)
        return session

    STSBackend.assume_role = assume_and_remember
    assume_with_saml = STSBackend.assume_role_with_saml

    def assume_with_saml_and_remember(self, **request):
        session = assume_with_saml(self, **request)
        accounts.remember_session(session)
        return session

    STSBackend.assume_role_with_saml = assume_with_saml_and_remember
    _answer_caller_identity()
    _echo("assume_role", {"SourceIdentity": "SourceIdentity"})
    _echo("assume_role_with_web_identity", {})


def _answer_caller_identity():
    known_to_moto = STSBackend.get_caller_identity

    def get_caller_identity(self, access_key_id, region):
        session = accounts.session_of(access_key_id)
        if session:
            return session.user_id, session.arn, session.account_id
        if accounts.TEST_KEY.match(access_key_id):
            arn = accounts.test_user_arn(self.account_id, self.partition)
            return f"AIDATEST{self.account_id}", arn, self.account_id
        return known_to_moto(self, access_key_id, region)

    STSBackend.get_caller_identity = get_caller_identity


def _echo(method_name, members):
    """Return parts of the request, and a PackedPolicySize only if there is a policy."""
    original = getattr(TokenResponse, method_name)

    def answer(self):
        action_result = original(self)
        result = action_result.result
        for member, parameter in members.items():
            result[member] = self._get_param(parameter)
        if not self._get_param("Policy"):
            del result["PackedPolicySize"]
        return action_result

    setattr(TokenResponse, method_name, answer)
