//! The life of the provider's process: panics, stop requests, signals, a Terraform that is gone, and `-debug`.

use crate::access::BASIC;
use crate::client::{COOKIE, Client, Pending, Plugin, binary, errors, follow, json, next, provider, signal, value};
use crate::emulator::{World, wait_for};
use crate::fake::fake;
use crate::terraform::Workspace;
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Stdio};
use terraform_provider_eks::protocol::wire;

/// What the fake resource is to do.
fn thing(act: &str, plugin: &Plugin) -> Value {
    json!({ "act": act, "dir": plugin.dir.path() })
}

fn apply_request(prior: &Value, planned: &Value) -> wire::ApplyResourceChangeRequest {
    wire::ApplyResourceChangeRequest {
        type_name: "fake_thing".to_owned(),
        prior_state: Some(value(prior)),
        planned_state: Some(value(planned)),
        config: Some(value(planned)),
        planned_private: b"private".to_vec(),
        ..Default::default()
    }
}

fn apply(client: &Client, prior: &Value, planned: &Value) -> wire::ApplyResourceChangeResponse {
    client.ask("ApplyResourceChange", apply_request(prior, planned))
}

/// Begins to create the thing, and waits until it is under way.
fn begin_apply(client: &Client, plugin: &Plugin, act: &str) -> Pending<wire::ApplyResourceChangeResponse> {
    let request = apply_request(&Value::Null, &thing(act, plugin));
    let pending = client.begin("/tfplugin6.Provider/ApplyResourceChange", request);
    wait_for_file(plugin, "started");
    pending
}

fn wait_for_file(plugin: &Plugin, name: &str) {
    wait_for(|| plugin.dir.path().join(name).exists().then_some(()));
}

fn let_finish(plugin: &Plugin) {
    std::fs::write(plugin.dir.path().join("finish"), "").unwrap();
}

fn stop(client: &Client) {
    let answer: wire::StopProviderResponse = client.ask("StopProvider", wire::Empty {});
    assert_eq!(answer.error, "");
}

#[test]
fn panic_is_a_diagnostic_and_the_next_operation_works() {
    let plugin = Plugin::start(fake());
    let client = plugin.connect();
    let (prior, planned) = (thing("nothing", &plugin), thing("panic", &plugin));
    let answer = apply(&client, &prior, &planned);
    let found = errors(&answer.diagnostics);
    assert_eq!(found.len(), 1);
    for words in ["Provider panicked", "ApplyResourceChange", "reported", "panic: ", "TF_LOG"] {
        assert!(found[0].contains(words), "{words:?} in {found:?}");
    }
    assert_eq!(
        (json(&answer.new_state), &*answer.private),
        (prior.clone(), &b"private"[..]),
        "the prior state stays"
    );

    let answer = apply(&client, &Value::Null, &thing("nothing", &plugin));
    assert_eq!((errors(&answer.diagnostics), json(&answer.new_state)), (vec![], prior));

    let ended = plugin.shut_down(&client);
    assert_eq!(ended.status.code(), Some(0));
    // What Terraform recognizes a crash by.
    assert!(ended.stderr.starts_with("panic: told to panic\n"), "{}", ended.stderr);
    assert!(ended.stderr.contains("fake.rs"), "the place is in {}", ended.stderr);
}

#[test]
fn panic_in_any_rpc_is_a_diagnostic() {
    let plugin = Plugin::start(fake());
    let client = plugin.connect();
    let panics = Some(value(&thing("panic", &plugin)));
    let check = |diagnostics: &[wire::Diagnostic]| {
        let found = errors(diagnostics);
        assert!(found.len() == 1 && found[0].starts_with("Provider panicked"), "{found:?}");
    };
    let answer: wire::ValidateProviderConfigResponse = client.ask("ValidateProviderConfig", wire::ValidateProviderConfigRequest::default());
    check(&answer.diagnostics);

    let request = wire::PlanResourceChangeRequest {
        type_name: "fake_thing".to_owned(),
        prior_state: Some(value(&Value::Null)),
        proposed_new_state: panics.clone(),
        config: panics.clone(),
        ..Default::default()
    };
    check(
        &client
            .ask::<_, wire::PlanResourceChangeResponse>("PlanResourceChange", request)
            .diagnostics,
    );

    let request = wire::ReadResourceRequest {
        type_name: "fake_thing".to_owned(),
        current_state: panics.clone(),
        ..Default::default()
    };
    let read: wire::ReadResourceResponse = client.ask("ReadResource", request);
    check(&read.diagnostics);
    assert_eq!(read.new_state, panics);

    let request = wire::ImportResourceStateRequest {
        type_name: "fake_thing".to_owned(),
        ..Default::default()
    };
    check(
        &client
            .ask::<_, wire::ImportResourceStateResponse>("ImportResourceState", request)
            .diagnostics,
    );

    let request = wire::MoveResourceStateRequest {
        target_type_name: "fake_thing".to_owned(),
        source_state: Some(wire::RawState { json: b"{}".to_vec() }),
        ..Default::default()
    };
    check(
        &client
            .ask::<_, wire::MoveResourceStateResponse>("MoveResourceState", request)
            .diagnostics,
    );

    let destroy = apply(&client, &thing("panic", &plugin), &Value::Null);
    check(&destroy.diagnostics);
    assert_eq!(json(&destroy.new_state), thing("panic", &plugin), "what was not deleted stays");
}

/// All events of a list of the fake resource, up to the end of the stream.
fn list(plugin: &Plugin, client: &Client, act: &str, limit: i64, meanwhile: impl FnOnce()) -> Vec<wire::ListResourceEvent> {
    let request = wire::ListResourceRequest {
        type_name: "fake_thing".to_owned(),
        config: Some(value(&thing(act, plugin))),
        limit,
        ..Default::default()
    };
    let mut stream = client.stream("/tfplugin6.Provider/ListResource", request).unwrap();
    meanwhile();
    std::iter::from_fn(|| next(&mut stream).unwrap()).collect()
}

#[test]
fn list_streams_its_rows_and_ends_with_what_went_wrong() {
    let plugin = Plugin::start(fake());
    let client = plugin.connect();
    let rows = list(&plugin, &client, "nothing", 0, || {});
    let names: Vec<_> = rows.iter().map(|row| row.display_name.parse::<usize>().unwrap()).collect();
    assert_eq!(names, (0..100).collect::<Vec<_>>());
    assert_eq!(list(&plugin, &client, "nothing", 3, || {}).len(), 3);

    let rows = list(&plugin, &client, "panic", 3, || {});
    let last = errors(&rows.last().unwrap().diagnostic);
    assert!(
        last.len() == 1 && last[0].contains("Provider panicked") && last[0].contains("ListResource"),
        "{last:?}"
    );

    std::fs::remove_file(plugin.dir.path().join("started")).unwrap();
    let rows = list(&plugin, &client, "wait", 3, || {
        wait_for_file(&plugin, "started");
        stop(&client);
    });
    assert_eq!(errors(&rows[3].diagnostic), ["Stopped: while waiting"]);
}

/// Nobody takes the rows of a list that Terraform has given up.
#[test]
fn list_whose_caller_went_away_ends() {
    let mut command = fake();
    command.env("TF_LOG", "DEBUG");
    let plugin = Plugin::start(command);
    let client = plugin.connect();
    let request = wire::ListResourceRequest {
        type_name: "fake_thing".to_owned(),
        config: Some(value(&thing("nothing", &plugin))),
        ..Default::default()
    };
    let stream = client.stream::<_, wire::ListResourceEvent>("/tfplugin6.Provider/ListResource", request);
    drop(stream.unwrap());
    wait_for_file(&plugin, "started");
    let ended = plugin.shut_down(&client);
    assert_eq!(ended.status.code(), Some(0));
    assert!(ended.stderr.contains(r#""tf_rpc":"ListResource""#), "{}", ended.stderr);
}

#[test]
fn stop_ends_waits_and_later_operations_work() {
    let plugin = Plugin::start(fake());
    let client = plugin.connect();
    // Before anything is configured, too.
    stop(&client);
    let waiting = begin_apply(&client, &plugin, "wait");
    stop(&client);
    assert_eq!(errors(&waiting.answer().unwrap().diagnostics), ["Stopped: while waiting"]);

    std::fs::remove_file(plugin.dir.path().join("started")).unwrap();
    let waiting = begin_apply(&client, &plugin, "wait");
    let after = apply(&client, &Value::Null, &thing("nothing", &plugin));
    assert!(after.diagnostics.is_empty());
    stop(&client);
    assert_eq!(errors(&waiting.answer().unwrap().diagnostics), ["Stopped: while waiting"]);
}

#[test]
fn stop_lets_a_write_finish_and_returns_it() {
    let plugin = Plugin::start(fake());
    let client = plugin.connect();
    let writing = begin_apply(&client, &plugin, "write");
    stop(&client);
    let_finish(&plugin);
    let answer = writing.answer().unwrap();
    assert_eq!(
        (errors(&answer.diagnostics), json(&answer.new_state)),
        (vec![], thing("write", &plugin))
    );
}

#[test]
fn operation_whose_caller_went_away_is_finished() {
    let plugin = Plugin::start(fake());
    let client = plugin.connect();
    begin_apply(&client, &plugin, "write").cancel();
    // The cancellation has arrived once a later call on the same connection is answered.
    client.schema();
    let_finish(&plugin);
    wait_for_file(&plugin, "written");
}

#[test]
fn shutdown_waits_for_a_write_and_delivers_its_answer() {
    let plugin = Plugin::start(fake());
    let client = plugin.connect();
    let writing = begin_apply(&client, &plugin, "write");
    let shutdown = client.begin::<_, wire::Empty>(crate::client::SHUTDOWN, wire::Empty {});
    assert!(shutdown.answer().is_ok());
    let_finish(&plugin);
    assert_eq!(json(&writing.answer().unwrap().new_state), thing("write", &plugin));
    assert_eq!(plugin.ended().status.code(), Some(0));
}

/// The caller is gone: nobody but the process itself waits for the operation.
#[test]
fn shutdown_ends_waits_and_what_they_clean_up_is_finished() {
    let plugin = Plugin::start(fake());
    let client = plugin.connect();
    begin_apply(&client, &plugin, "clean up when stopped").cancel();
    let ended = plugin.shut_down(&client);
    assert_eq!(ended.status.code(), Some(0));
    assert!(ended.dir.path().join("written").exists());
}

#[test]
fn interrupt_is_ignored_and_termination_is_not() {
    use std::os::unix::process::ExitStatusExt as _;
    let world = World::new();
    let plugin = Plugin::start(provider(&world));
    // At once: the handshake says that it is ready.
    plugin.signal("INT");
    let client = plugin.connect();
    plugin.signal("INT");
    client.configure(json!({}));
    assert!(client.schema().provider.is_some());
    plugin.signal("TERM");
    assert_eq!(plugin.ended().status.signal(), Some(15));
}

/// Kills a process that its parent has left behind.
struct Orphan(String);

impl Drop for Orphan {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-KILL", &self.0]).stderr(Stdio::null()).status();
    }
}

/// A Terraform that is killed asks for no shutdown.
#[test]
fn process_ends_soon_after_its_parent() {
    let mut terraform = Command::new("sh");
    let start = r#""$0" & echo $! >"$PLUGIN_UNIX_SOCKET_DIR/pid"; wait"#;
    terraform
        .arg("-c")
        .arg(start)
        .arg(binary().get_program())
        .env_clear()
        .env(COOKIE.0, COOKIE.1);
    let shell = Plugin::start(terraform);
    let pid = wait_for(|| {
        std::fs::read_to_string(shell.dir.path().join("pid"))
            .ok()
            .filter(|pid| pid.ends_with('\n'))
    });
    let _orphan = Orphan(pid.trim().to_owned());
    let client = shell.connect();
    assert!(client.schema().provider.is_some());
    shell.signal("KILL");
    // Only an end in order removes the socket; stdout ends with the last process that holds it.
    wait_for(|| (!shell.socket().exists()).then_some(()));
    shell.ended();
}

/// A provider that a developer started, and what Terraform needs in order to attach to it.
struct Debug {
    process: std::process::Child,
    reattach: String,
}

impl Debug {
    fn start(world: &World, dir: &Path) -> Self {
        let mut process = binary()
            .arg("-debug")
            .envs(world.credentials(&world.member))
            .env("TMPDIR", dir)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (stdout, _) = follow(process.stdout.take().unwrap());
        let reattach = wait_for(|| {
            let text = stdout.lock().unwrap().clone();
            let line = text
                .lines()
                .find_map(|line| line.strip_prefix("\tTF_REATTACH_PROVIDERS='"))?
                .to_owned();
            assert!(text.starts_with("Provider started. To attach Terraform CLI, set the TF_REATTACH_PROVIDERS"));
            line.strip_suffix('\'').map(str::to_owned)
        });
        Self { process, reattach }
    }
}

impl Drop for Debug {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Terraform has no certificate for a provider that it attaches to: the folder alone keeps others out.
#[test]
fn provider_started_for_debugging_listens_where_only_its_owner_gets() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    let sockets = tempfile::tempdir().unwrap();
    std::fs::set_permissions(sockets.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
    let mut debug = Debug::start(&world, sockets.path());
    let attached: Value = serde_json::from_str(&debug.reattach).unwrap();
    let socket = Path::new(attached["eks-sso/eks"]["Addr"]["String"].as_str().unwrap());
    let folder = socket.parent().unwrap();
    assert_eq!(folder.parent(), Some(sockets.path()));
    assert_eq!(std::fs::metadata(folder).unwrap().permissions().mode() & 0o7777, 0o700);
    assert!(Client::at(socket).schema().provider.is_some());
    signal(debug.process.id(), "INT");
    wait_for(|| debug.process.try_wait().unwrap());
    assert!(!folder.exists());
}

#[test]
fn terraform_attaches_to_a_provider_started_for_debugging() {
    let world = World::new();
    let sockets = tempfile::tempdir().unwrap();
    let mut debug = Debug::start(&world, sockets.path());
    let attached: Value = serde_json::from_str(&debug.reattach).unwrap();
    let attached = &attached["eks-sso/eks"];
    assert_eq!((&attached["Protocol"], &attached["ProtocolVersion"]), (&json!("grpc"), &json!(6)));
    assert_eq!((&attached["Pid"], &attached["Test"]), (&json!(debug.process.id()), &json!(true)));

    // No credentials, and no other way to find the provider.
    let terraform = Workspace::with_env(&world, BASIC, &[("TF_REATTACH_PROVIDERS", &debug.reattach)]);
    terraform.file("cli.tfrc", "");
    // Each run shuts its providers down: this one stays. Nor does a run find anything of the one before.
    terraform.apply().ok();
    assert_eq!(world.entries().len(), 1);
    terraform.destroy().ok();
    terraform.apply().ok();
    terraform.plans_nothing();
    terraform.write(&format!(
        "provider \"eks\" {{\n  allowed_account_ids = [\"999999999999\"]\n}}\n{BASIC}"
    ));
    terraform.plan().failed().says("999999999999");

    let socket = Path::new(attached["Addr"]["String"].as_str().unwrap());
    assert!(socket.starts_with(sockets.path()) && socket.exists());
    assert!(debug.process.try_wait().unwrap().is_none());
    signal(debug.process.id(), "INT");
    let status = wait_for(|| debug.process.try_wait().unwrap());
    assert_eq!(status.code(), Some(0));
    assert!(!socket.exists());
}
