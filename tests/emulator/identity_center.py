"""IAM Identity Center: permission sets, assignments and the roles that come of them.

State lives in moto's backends, so that the operations left to moto see it.
"""

import secrets
import threading
import uuid

import account_settings
import roles
from errors import AwsError
from moto.core.utils import unix_time
from moto.ssoadmin.models import (
    AccountAssignment,
    Instance,
    PermissionSet,
    ssoadmin_backends,
)
from moto.utilities.utils import get_partition
from paging import page

lock = threading.RLock()

# Account -> the account that manages its organization's Identity Center.
_management_accounts: dict[str, str] = {}
# Management account -> home region.
_home_regions: dict[str, str] = {}
# Request id -> status member, of assignments and provisioning.
_requests: dict[str, dict] = {}


def join_organization(management_account, home_region, members):
    _home_regions[management_account] = home_region
    for account in {management_account, *members}:
        _management_accounts[account] = management_account


def backend_of(management_account, home_region=None):
    region = home_region or _home_regions.get(management_account, "us-east-1")
    return ssoadmin_backends[management_account][region]


def _error(code, message):
    # Errors of a JSON 1.1 service: HTTP 400, whatever the code.
    return AwsError(code, message, 400)


def _validation(message):
    return _error("ValidationException", message)


def _missing(message):
    return _error("ResourceNotFoundException", message)


# Who may call.


def settle_account(call):
    """Move the call to the management account, or refuse it."""
    manager = _management_accounts.get(call.account, call.account)
    access = account_settings.of(call.account).sso_admin_access
    if access is None:
        access = "full" if manager == call.account else "denied"
    allowed = access == "full" or (access == "instances_only" and call.operation == "ListInstances")
    if not allowed:
        instance = backend_of(manager).instances[0]
        raise _error(
            "AccessDeniedException",
            f"User: {call.caller_arn} is not authorized to perform: sso:{call.operation} "
            f"on resource: {instance.instance_arn}",
        )
    call.acting_account = manager


def settle_identity_store_account(call):
    """Member accounts read the organization's identity store."""
    call.acting_account = _management_accounts.get(call.account, call.account)


def _backend(call):
    return ssoadmin_backends[call.acting_account][call.region]


def _instances(call):
    """An organization's instance is seen in its home region only."""
    home = _home_regions.get(call.acting_account)
    return _backend(call).instances if home in (None, call.region) else []


def _instance(call):
    for instance in _instances(call):
        if instance.instance_arn == call.get("InstanceArn"):
            return instance
    raise _missing(f"Instance not found: {call.get('InstanceArn')}")


def _permission_set(call):
    _instance(call)
    arn = call.get("PermissionSetArn", "")
    for permission_set in _backend(call).permission_sets:
        if permission_set.permission_set_arn == arn:
            return permission_set
    raise _missing(f"Could not find PermissionSet with id {arn.split('/')[-1]}")


def _page(call, items, member):
    items, token = page(items, call.get("MaxResults"), call.get("NextToken"), _validation)
    return {member: items, "NextToken": token}


# Instances and permission sets.


def _describe_instance(call, instance):
    answer = {
        "InstanceArn": instance.instance_arn,
        "IdentityStoreId": instance.identity_store_id,
        "OwnerAccountId": call.acting_account,
        "CreatedDate": instance.created_date,
        "Status": instance.status,
    }
    return {**answer, "Name": instance.name} if instance.name else answer


def list_instances(call):
    instances = [_describe_instance(call, instance) for instance in _instances(call)]
    return _page(call, instances, "Instances")


def describe_instance(call):
    return _describe_instance(call, _instance(call))


def _describe_permission_set(permission_set):
    answer = {
        "Name": permission_set.name,
        "PermissionSetArn": permission_set.permission_set_arn,
        "CreatedDate": permission_set.created_date,
        "SessionDuration": permission_set.session_duration,
        "Description": permission_set.description,
        "RelayState": permission_set.relay_state,
    }
    return {key: value for key, value in answer.items() if value is not None}


def add_permission_set(backend, name, request=None):
    request = request or {}
    permission_set = PermissionSet(
        name=name,
        description=request.get("Description"),
        instance_arn=backend.instances[0].instance_arn,
        session_duration=request.get("SessionDuration") or "PT1H",
        relay_state=request.get("RelayState"),
        tags=list(request.get("Tags") or []),
    )
    backend.permission_sets.append(permission_set)
    return permission_set


def permission_set_by_name(backend, name):
    return next((p for p in backend.permission_sets if p.name == name), None)


def create_permission_set(call):
    _instance(call)
    backend, name = _backend(call), call.get("Name")
    if permission_set_by_name(backend, name):
        # The code is AWS's, the text a guess.
        raise _error("ConflictException", f"PermissionSet with name {name} already exists.")
    permission_set = add_permission_set(backend, name, call.parameters)
    return {"PermissionSet": _describe_permission_set(permission_set)}


def update_permission_set(call):
    permission_set = _permission_set(call)
    permission_set.description = call.get("Description", permission_set.description)
    permission_set.session_duration = call.get("SessionDuration", permission_set.session_duration)
    permission_set.relay_state = call.get("RelayState", permission_set.relay_state)
    return {}


def delete_permission_set(call):
    permission_set = _permission_set(call)
    if _assigned_accounts(_backend(call), permission_set):
        # The code is AWS's, the text a guess.
        raise _error("ConflictException", "PermissionSet is assigned to one or more accounts.")
    _backend(call).permission_sets.remove(permission_set)
    return {}


def describe_permission_set(call):
    return {"PermissionSet": _describe_permission_set(_permission_set(call))}


def list_permission_sets(call):
    _instance(call)
    arns = [p.permission_set_arn for p in _backend(call).permission_sets]
    return _page(call, arns, "PermissionSets")


def _assigned_accounts(backend, permission_set):
    arn = permission_set.permission_set_arn
    accounts = [a.target_id for a in backend.account_assignments if a.permission_set_arn == arn]
    return list(dict.fromkeys(accounts))


def list_accounts_for_provisioned_permission_set(call):
    accounts = _assigned_accounts(_backend(call), _permission_set(call))
    return _page(call, accounts, "AccountIds")


def list_permission_sets_provisioned_to_account(call):
    _instance(call)
    account = call.get("AccountId")
    assignments = _backend(call).account_assignments
    arns = [a.permission_set_arn for a in assignments if a.target_id == account]
    return _page(call, list(dict.fromkeys(arns)), "PermissionSets")


# Assignments.


def assign(backend, permission_set, account, principal=None, after_seconds=0, age_seconds=0):
    """Assign, and provision the role: now, or after a while."""
    kind, identifier = principal or ("GROUP", str(uuid.uuid4()))
    assignment = AccountAssignment(
        instance_arn=permission_set.instance_arn,
        target_id=account,
        target_type="AWS_ACCOUNT",
        permission_set_arn=permission_set.permission_set_arn,
        principal_type=kind,
        principal_id=identifier,
    )
    backend.account_assignments.append(assignment)
    if after_seconds:
        later(after_seconds, lambda: _provision(backend, permission_set, account))
        return assignment, None
    return assignment, _provision(backend, permission_set, account, age_seconds)


def _provision(backend, permission_set, account, age_seconds=0):
    if account not in _assigned_accounts(backend, permission_set):
        return None  # unassigned before the role appeared
    return roles.provision(
        account,
        backend.partition,
        permission_set.name,
        permission_set.permission_set_arn,
        backend.region_name,
        age_seconds,
    )


def later(seconds, action):
    def run():
        with lock:
            action()

    timer = threading.Timer(seconds, run)
    timer.daemon = True
    timer.start()


def unassign(backend, permission_set, account, principal=None, after_seconds=0):
    """Take assignments away; with the last one the role goes, too."""
    arn = permission_set.permission_set_arn
    removed = [
        a
        for a in backend.account_assignments
        if (a.permission_set_arn, a.target_id) == (arn, account)
        and principal in (None, (a.principal_type, a.principal_id))
    ]
    for assignment in removed:
        backend.account_assignments.remove(assignment)
    if after_seconds:
        later(after_seconds, lambda: _deprovision(backend, permission_set, account))
    else:
        _deprovision(backend, permission_set, account)
    return removed


def _deprovision(backend, permission_set, account):
    if account in _assigned_accounts(backend, permission_set):
        return
    role = roles.provisioned(account, backend.partition, permission_set.permission_set_arn)
    if role:
        roles.remove(role)


def _principal(call):
    return call.get("PrincipalType"), call.get("PrincipalId")


def _find_assignment(call):
    wanted = (call.get("PermissionSetArn"), call.get("TargetId"), *_principal(call))
    for a in _backend(call).account_assignments:
        if (a.permission_set_arn, a.target_id, a.principal_type, a.principal_id) == wanted:
            return a
    return None


def create_account_assignment(call):
    permission_set = _permission_set(call)
    if _find_assignment(call) is None:
        seconds = account_settings.of(call.account).assignment_seconds
        assign(_backend(call), permission_set, call.get("TargetId"), _principal(call), seconds)
    return {"AccountAssignmentCreationStatus": _new_request(call)}


def delete_account_assignment(call):
    permission_set = _permission_set(call)
    if _find_assignment(call) is None:
        raise _missing("The account assignment was not found.")
    seconds = account_settings.of(call.account).assignment_seconds
    unassign(_backend(call), permission_set, call.get("TargetId"), _principal(call), seconds)
    return {"AccountAssignmentDeletionStatus": _new_request(call)}


def _new_request(call):
    """AWS answers IN_PROGRESS first, however quick it is."""
    status = {
        "Status": "IN_PROGRESS",
        "RequestId": str(uuid.uuid4()),
        "TargetId": call.get("TargetId"),
        "TargetType": call.get("TargetType", "AWS_ACCOUNT"),
        "PermissionSetArn": call.get("PermissionSetArn"),
        "PrincipalType": call.get("PrincipalType"),
        "PrincipalId": call.get("PrincipalId"),
        "CreatedDate": unix_time(),
    }
    _requests[status["RequestId"]] = status
    seconds = account_settings.of(call.account).assignment_seconds
    answer = dict(status)
    if seconds:
        later(seconds, lambda: status.update(Status="SUCCEEDED"))
    else:
        status["Status"] = "SUCCEEDED"
    return answer


def _request(call, parameter):
    _instance(call)
    status = _requests.get(call.get(parameter))
    if status is None:
        raise _missing(f"Request not found: {call.get(parameter)}")
    return dict(status)


def describe_account_assignment_creation_status(call):
    status = _request(call, "AccountAssignmentCreationRequestId")
    return {"AccountAssignmentCreationStatus": status}


def describe_account_assignment_deletion_status(call):
    status = _request(call, "AccountAssignmentDeletionRequestId")
    return {"AccountAssignmentDeletionStatus": status}


def _describe_assignment(assignment):
    return {
        "AccountId": assignment.target_id,
        "PermissionSetArn": assignment.permission_set_arn,
        "PrincipalType": assignment.principal_type,
        "PrincipalId": assignment.principal_id,
    }


def list_account_assignments(call):
    arn = _permission_set(call).permission_set_arn
    assignments = [
        _describe_assignment(a)
        for a in _backend(call).account_assignments
        if (a.permission_set_arn, a.target_id) == (arn, call.get("AccountId"))
    ]
    return _page(call, assignments, "AccountAssignments")


def list_account_assignments_for_principal(call):
    _instance(call)
    account = (call.get("Filter") or {}).get("AccountId")
    assignments = [
        _describe_assignment(a)
        for a in _backend(call).account_assignments
        if (a.principal_type, a.principal_id) == _principal(call)
        and account in (None, a.target_id)
    ]
    return _page(call, assignments, "AccountAssignments")


# Provisioning: an update of the role's policies, which keeps the role.


def provision_permission_set(call):
    permission_set = _permission_set(call)
    status = {
        "Status": "IN_PROGRESS",
        "RequestId": str(uuid.uuid4()),
        "PermissionSetArn": permission_set.permission_set_arn,
        "CreatedDate": unix_time(),
    }
    if call.get("TargetId"):
        status["AccountId"] = call.get("TargetId")
    _requests[status["RequestId"]] = {**status, "Status": "SUCCEEDED"}
    return {"PermissionSetProvisioningStatus": status}


def describe_permission_set_provisioning_status(call):
    status = _request(call, "ProvisionPermissionSetRequestId")
    return {"PermissionSetProvisioningStatus": status}


# Tags.


def _tagged(call):
    _instance(call)
    for permission_set in _backend(call).permission_sets:
        if permission_set.permission_set_arn == call.get("ResourceArn"):
            return permission_set
    raise _missing(f"Resource not found: {call.get('ResourceArn')}")


def list_tags_for_resource(call):
    return _page(call, list(_tagged(call).tags), "Tags")


def tag_resource(call):
    permission_set = _tagged(call)
    tags = {tag["Key"]: tag["Value"] for tag in [*permission_set.tags, *call.get("Tags", [])]}
    permission_set.tags = [{"Key": key, "Value": value} for key, value in tags.items()]
    return {}


def untag_resource(call):
    permission_set, keys = _tagged(call), call.get("TagKeys", [])
    permission_set.tags = [tag for tag in permission_set.tags if tag["Key"] not in keys]
    return {}


def _new_permission_set_arn(instance_arn):
    base = instance_arn.replace(":::instance/", ":::permissionSet/")
    return f"{base}/ps-{secrets.token_hex(8)}"


def install():
    """Give moto's objects identifiers of AWS's shape."""
    PermissionSet.generate_id = staticmethod(_new_permission_set_arn)
    make_instance = Instance.__init__

    def make_instance_with_aws_ids(self, account_id, region):
        make_instance(self, account_id, region)
        self.identity_store_id = f"d-{secrets.token_hex(5)}"
        self.instance_arn = f"arn:{get_partition(region)}:sso:::instance/ssoins-{secrets.token_hex(8)}"

    Instance.__init__ = make_instance_with_aws_ids
