//! One round: a world, a configuration that changes, and commands that are disturbed. At its end all is put in order.

use crate::chaos::aws::{Aws, CLUSTERS, Entry, SETS, Slot};
use crate::chaos::grants::{Grant, text};
use crate::chaos::happenings::{self, Happening, Moment, Target};
use crate::chaos::promises::{Ledger, Seen};
use crate::chaos::state::{self, Held};
use crate::chaos::{Tally, provider_folder};
use crate::random::Random;
use crate::terraform::{Output, Workspace, is_running, providers, squeeze};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long a command may take, all faults being over after a few seconds.
const PATIENCE: Duration = Duration::from_secs(180);
/// How many applies put everything in order.
const APPLIES: usize = 3;

pub struct Round {
    seed: u64,
    random: Random,
    aws: Aws,
    terraform: Workspace,
    provider: &'static str,
    grants: BTreeMap<Slot, Grant>,
    imports: BTreeMap<Slot, String>,
    ledger: Ledger,
    pub tally: Tally,
    step: usize,
    /// All commands so far, with what happened to them.
    history: String,
}

/// Ends a round early: a state file that a kill has torn, or a violation.
#[derive(Debug)]
pub struct Ended;

/// What happens to a command, and what is known of it when it has ended.
#[derive(Default)]
struct Disturbed {
    happenings: Vec<(Moment, Happening)>,
    hands: Vec<(Slot, crate::chaos::aws::Changed)>,
    roles: BTreeSet<(usize, usize)>,
    is_killed: bool,
    is_provider_killed: bool,
    is_provider_interrupted: bool,
    interrupts: usize,
    told: String,
}

impl Round {
    pub fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        let aws = Aws::new();
        let terraform = Workspace::new(&aws.world, "");
        if let Some(folder) = provider_folder() {
            terraform.take_provider_from(&folder);
        }
        let provider = random.one(&["", "  owner = \"chaos\""]);
        let grants = Slot::all().filter(|_| random.percent(80)).collect::<Vec<_>>();
        let grants = grants.into_iter().map(|slot| (slot, Grant::random(&mut random))).collect();
        Self {
            seed,
            random,
            aws,
            terraform,
            provider,
            grants,
            imports: BTreeMap::new(),
            ledger: Ledger::default(),
            tally: Tally {
                rounds: 1,
                ..Tally::default()
            },
            step: 0,
            history: String::new(),
        }
    }

    /// # Errors
    /// [`Ended`] where it makes no sense to go on.
    pub fn play(&mut self, steps: usize) -> Result<(), Ended> {
        for step in 1..=steps {
            self.step = step;
            let disturbances = self.disturbances();
            let destroys = self.random.percent(8);
            let output = self.command(destroys, disturbances)?;
            self.follow(&output);
            self.change_things()?;
        }
        self.step = steps + 1;
        self.put_in_order()?;
        self.tear_down()
    }

    /// Everything works again: applies that do what the messages say end in an empty plan.
    fn put_in_order(&mut self) -> Result<(), Ended> {
        for apply in 1.. {
            let output = self.command(false, Vec::new())?;
            if output.code == Some(0) {
                let plan = self.terraform.plan();
                if plan.code == Some(0) {
                    break;
                }
                if apply == APPLIES {
                    self.history += &plan.text;
                    return self.violated(&["it does not converge: something is still planned".to_owned()]);
                }
            } else if apply == APPLIES {
                return self.violated(&["it does not converge".to_owned()]);
            }
            self.follow(&output);
        }
        let held = self.held()?;
        let left = self.ledger.left_without_a_word(&self.aws.entries(), &held);
        if left.is_empty() { Ok(()) } else { self.violated(&left) }
    }

    /// A destroy, perhaps one that is disturbed and then made again.
    fn tear_down(&mut self) -> Result<(), Ended> {
        if self.random.percent(50) {
            let disturbances = self.disturbances();
            self.command(true, disturbances)?;
        }
        // Terraform makes a normal plan before a destroy, which fails where somebody else has taken the place of a grant that is
        // gone already: it has to leave the configuration first.
        let held = self.held()?;
        self.grants.retain(|slot, _| held.iter().any(|held| held.slot == *slot));
        let output = self.command(true, Vec::new())?;
        if output.code == Some(0) {
            Ok(())
        } else {
            self.violated(&["a destroy that nothing disturbs fails".to_owned()])
        }
    }

    /// Other grants, other roles, other hands, between two commands.
    fn change_things(&mut self) -> Result<(), Ended> {
        let (held, entries) = (self.held()?, self.aws.entries());
        let has_untold = |slot: Slot, ledger: &Ledger| {
            let is_untold = |entry: &&Entry| ledger.is_orphan(entry, &held) && !Ledger::is_told_at_the_end(entry, &held);
            entries.iter().filter(is_untold).any(|entry| entry.slot == Some(slot))
        };
        let slots: Vec<_> = Slot::all().collect();
        for _ in 0..2 + self.random.below(5) {
            let slot = slots[self.random.below(slots.len())];
            let random = &mut self.random;
            let Some(grant) = self.grants.get_mut(&slot) else {
                self.grants.insert(slot, Grant::random(random));
                continue;
            };
            match random.below(4) {
                // Of what a killed create has left the next plan tells only where the grant is still configured.
                0 if !has_untold(slot, &self.ledger) => drop(self.grants.remove(&slot)),
                1 => *grant = Grant::random(random),
                _ => grant.change(random),
            }
        }
        let mut meanwhile = Disturbed::default();
        if self.random.percent(30) {
            let happening = happenings::role(&mut self.random);
            self.happen(&happening, &mut meanwhile, 0);
        }
        for _ in 0..self.random.below(3) {
            let happening = happenings::hands(&mut self.random);
            self.happen(&happening, &mut meanwhile, 0);
        }
        write!(self.history, "\nMeanwhile:\n{}", meanwhile.told).unwrap();
        Ok(())
    }

    fn disturbances(&mut self) -> Vec<(Moment, Happening)> {
        let random = &mut self.random;
        let mut happenings: Vec<_> = (0..1 + random.below(7))
            .map(|_| {
                let moment = if random.percent(25) {
                    Moment::AtOnce
                } else {
                    happenings::moment(random)
                };
                (moment, happenings::fault(random))
            })
            .collect();
        let is_signaled = random.percent(75);
        if is_signaled {
            for _ in 0..1 + usize::from(random.percent(25)) {
                happenings.push((happenings::moment(random), happenings::signal(random)));
            }
        } else if random.percent(15) {
            happenings.push((happenings::moment(random), happenings::role(random)));
        }
        for _ in 0..[0, 0, 0, 1, 2][random.below(5)] {
            happenings.push((happenings::moment(random), happenings::hands(random)));
        }
        let recovery = Duration::from_millis(3000 + random.below(9000) as u64);
        happenings.push((Moment::After(recovery), Happening::Recovery));
        happenings
    }

    /// Applies or destroys, disturbed, and looks at what has to hold.
    fn command(&mut self, destroys: bool, happenings: Vec<(Moment, Happening)>) -> Result<Output, Ended> {
        let held_before = self.held()?;
        let is_to_import = |slot: &Slot| self.grants.contains_key(slot) && self.aws.entry(*slot).is_some();
        let is_held = |slot: &Slot| held_before.iter().any(|held| held.slot == *slot);
        self.imports.retain(|slot, _| !destroys && is_to_import(slot) && !is_held(slot));
        self.ledger.configure(&self.grants, &held_before);
        self.terraform.write(&text(self.provider, &self.grants, &self.aws));
        self.terraform.file("imports.tf", &self.import_blocks());
        let before = self.aws.entries();
        self.aws.forget_calls();
        let mut disturbed = Disturbed {
            happenings,
            ..Disturbed::default()
        };
        let (output, is_over) = self.run(destroys, &mut disturbed);
        self.aws.clear_faults();
        self.aws.wait_for_calls();
        let calls = self.aws.calls();
        self.tally.applies += 1;
        self.tally.faults += calls.iter().filter(|call| !call["fault"].is_null()).count();
        if disturbed.is_killed {
            // A killed Terraform cannot unlock.
            let _ = std::fs::remove_file(self.terraform.path().join(".terraform.tfstate.lock.info"));
        }
        let held_after = self.held()?;
        let seen = Seen {
            destroys,
            output: &output,
            grants: &self.grants,
            before,
            after: self.aws.entries(),
            held_before,
            held_after,
            is_killed: disturbed.is_killed,
            is_provider_killed: disturbed.is_provider_killed,
            is_provider_interrupted: disturbed.is_provider_interrupted,
            hands: disturbed.hands.iter().map(|(_, changed)| changed.clone()).collect(),
            roles: disturbed.roles,
            imports: self.imports.keys().copied().collect(),
            principals: Slot::all().map(|slot| (slot, self.aws.role(slot).to_owned())).collect(),
            calls,
        };
        let mut violations = self.ledger.check(&seen);
        violations.extend(is_over.err());
        let (calls, told, text) = (calls_in_words(&seen.calls), &disturbed.told, &output.text);
        let configured = std::fs::read_to_string(self.terraform.path().join("main.tf")).unwrap();
        let imported = self.import_blocks();
        write!(
            self.history,
            "\n# Step {}\n{configured}\n{imported}\nHappened:\n{told}\nCalls:\n{calls}\nExit code {:?}\n{text}",
            self.step, output.code
        )
        .unwrap();
        if violations.is_empty() {
            Ok(output)
        } else {
            self.violated(&violations)
        }
    }

    /// Runs a command, and whatever happens meanwhile.
    fn run(&mut self, destroys: bool, disturbed: &mut Disturbed) -> (Output, Result<(), String>) {
        let command = if destroys { "destroy" } else { "apply" };
        let running = self.terraform.start(&[command, "-auto-approve", "-input=false", "-no-color"]);
        let pid = running.pid();
        // Its output has to be read while it runs.
        let reader = std::thread::spawn(move || running.finish());
        let start = Instant::now();
        let mut waiting = std::mem::take(&mut disturbed.happenings);
        let mut is_over = Ok(());
        while !reader.is_finished() {
            let calls = if waiting.is_empty() { Vec::new() } else { self.aws.calls() };
            let (now, later) = waiting
                .into_iter()
                .partition::<Vec<_>, _>(|(moment, _)| moment.has_come(start.elapsed(), &calls));
            waiting = later;
            for (_, happening) in now {
                self.happen(&happening, disturbed, pid);
                if matches!(happening, Happening::Recovery) {
                    // What waits for a call that comes late would last for ever.
                    waiting.retain(|(_, later)| !matches!(later, Happening::Fault { .. }));
                }
            }
            if start.elapsed() > PATIENCE && is_over.is_ok() {
                is_over = Err(format!("{command} does not end within {PATIENCE:?}"));
                send("-KILL", &format!("-{pid}"));
                disturbed.is_killed = true;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        // What a killed Terraform leaves behind ends by itself.
        let end = Instant::now();
        while !self.processes().is_empty() && end.elapsed() < Duration::from_secs(90) {
            self.aws.clear_faults();
            std::thread::sleep(Duration::from_millis(50));
        }
        let left = self.processes();
        for pid in &left {
            send("-KILL", &pid.to_string());
        }
        if !left.is_empty() {
            is_over = Err(format!("processes are left behind: {left:?}"));
        }
        (reader.join().unwrap(), is_over)
    }

    /// All that runs for this workspace.
    fn processes(&self) -> Vec<u32> {
        let home = format!("HOME={}", self.terraform.path().display());
        let pids = std::fs::read_dir("/proc")
            .unwrap()
            .flatten()
            .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        let is_ours = |pid: &u32| {
            std::fs::read(format!("/proc/{pid}/environ"))
                .is_ok_and(|all| all.split(|byte| *byte == 0).any(|variable| variable == home.as_bytes()))
        };
        pids.filter(is_ours).filter(|pid| is_running(*pid)).collect()
    }

    fn happen(&mut self, happening: &Happening, disturbed: &mut Disturbed, terraform: u32) {
        writeln!(disturbed.told, "{happening:?}").unwrap();
        match happening {
            Happening::Fault { account, rule } => self.aws.fault(*account, rule),
            Happening::Recovery => self.aws.clear_faults(),
            Happening::Signal { signal, to } => self.signal(signal, *to, disturbed, terraform),
            Happening::Hands { slot, change } => {
                let changed = self.aws.change(*slot, change);
                if changed.deleted.is_some() || changed.entry.is_some() {
                    writeln!(disturbed.told, "  {changed:?}").unwrap();
                    self.tally.hands += 1;
                    self.ledger.others_changed(*slot, &changed);
                    disturbed.hands.push((*slot, changed));
                }
            }
            Happening::Role { account, set, recreated } => self.change_role(*account, *set, *recreated, disturbed),
        }
    }

    /// Of an entry for a role that is gone, which no state knows, no plan would tell.
    fn change_role(&mut self, account: usize, set: usize, recreated: bool, disturbed: &mut Disturbed) {
        let Ok(held) = self.held() else { return };
        let is_of_role = |slot: Slot| (slot.account, slot.set) == (account, set);
        let has_orphan = |entry: &Entry| entry.slot.is_some_and(is_of_role) && self.ledger.is_orphan(entry, &held);
        if disturbed.is_killed || self.aws.entries().iter().any(has_orphan) {
            return;
        }
        if recreated {
            self.aws.recreate(account, set);
        } else {
            self.aws.reprovision(account, set);
        }
        self.tally.hands += 1;
        disturbed.roles.insert((account, set));
    }

    fn signal(&mut self, signal: &str, to: Target, disturbed: &mut Disturbed, terraform: u32) {
        let hit = match to {
            Target::Provider => providers(terraform).first().is_some_and(|pid| send(signal, &pid.to_string())),
            Target::Terraform => is_running(terraform) && send(signal, &terraform.to_string()),
            Target::Group => is_running(terraform) && send(signal, &format!("-{terraform}")),
        };
        if !hit {
            return;
        }
        if signal == "-KILL" {
            self.tally.kills += 1;
        } else {
            self.tally.signals += 1;
        }
        // The provider takes no notice of Ctrl-C, which Terraform passes on in its own way.
        let ends_provider = signal == "-KILL" || signal == "-TERM";
        disturbed.is_provider_interrupted |= signal == "-INT" && to != Target::Terraform;
        disturbed.interrupts += usize::from(signal != "-KILL" && to != Target::Provider);
        disturbed.is_provider_killed |= ends_provider && to != Target::Terraform || disturbed.interrupts > 1;
        disturbed.is_killed |= disturbed.is_provider_killed || signal == "-KILL";
    }

    /// Does what the messages say.
    fn follow(&mut self, output: &Output) {
        let text = squeeze(&output.text);
        let Ok(held) = self.held() else { return };
        // As a command, or as a block.
        let commands = text.split("terraform import eks_sso_access.NAME '").skip(1);
        let blocks = text.split("to = eks_sso_access.NAME id = \"").skip(1);
        for told in commands.chain(blocks) {
            let id = told.split(['\'', '"']).next().unwrap_or_default();
            let Some(slot) = self.slot_of(id) else { continue };
            self.imports.insert(slot, id.to_owned());
        }
        if text.contains("terraform untaint") {
            for held in held.iter().filter(|held| held.is_tainted) {
                self.terraform
                    .run(&["untaint", "-no-color", &format!("eks_sso_access.{}", held.slot.name())]);
            }
        }
    }

    /// `[ACCOUNT/]CLUSTER,SET[@REGION]`
    fn slot_of(&self, id: &str) -> Option<Slot> {
        let (account, rest) = id.split_once('/').unwrap_or((&self.aws.accounts[0], id));
        let (cluster, rest) = rest.split_once(',')?;
        let set = rest.split('@').next()?;
        Slot::all()
            .find(|slot| (self.aws.accounts[slot.account].as_str(), CLUSTERS[slot.cluster], SETS[slot.set]) == (account, cluster, set))
    }

    fn import_blocks(&self) -> String {
        let block = |(slot, id): (&Slot, &String)| format!("import {{\n  to = eks_sso_access.{}\n  id = {id:?}\n}}\n", slot.name());
        self.imports.iter().map(block).collect()
    }

    fn held(&mut self) -> Result<Vec<Held>, Ended> {
        state::read(self.terraform.path()).ok_or_else(|| {
            self.tally.torn += 1;
            Ended
        })
    }

    #[allow(clippy::print_stdout, reason = "for whoever has to understand it")]
    fn violated<T>(&mut self, violations: &[String]) -> Result<T, Ended> {
        self.tally.violations += violations.len();
        let (seed, step, told) = (self.seed, self.step, violations.join("\n"));
        println!(
            "VIOLATION seed {seed}, step {step}:\n{told}\n# Seed {seed}\n{}\n# Seed {seed}, step {step}:\n{told}\n",
            self.history
        );
        Err(Ended)
    }
}

/// Sends a signal; whether there was somebody to get it.
fn send(signal: &str, target: &str) -> bool {
    let status = Command::new("kill").args([signal, "--", target]).stderr(Stdio::null()).status();
    status.unwrap().success()
}

/// Calls to EKS: seconds, operation, of what, and how they ended.
fn calls_in_words(calls: &[Value]) -> String {
    let time = |call: &Value| call["time"].as_f64().unwrap_or_default();
    let mut calls: Vec<_> = calls.iter().filter(|call| call["service"] == "eks").collect();
    calls.sort_by(|a, b| time(a).total_cmp(&time(b)));
    let start = calls.first().map(|call| time(call)).unwrap_or_default();
    let mut text = String::new();
    for call in calls {
        let params = &call["params"];
        let of = params["principalArn"]
            .as_str()
            .or(params["resourceArn"].as_str())
            .unwrap_or_default();
        let (seconds, account, cluster) = (time(call) - start, &call["account"], &params["clusterName"]);
        let of = of.rsplit("AWSReservedSSO_").next().unwrap_or_default();
        let (operation, status, code, fault) = (&call["operation"], &call["status"], &call["code"], &call["fault"]);
        writeln!(text, "  {seconds:.2} {account} {cluster} {of} {operation}: {status} {code} {fault}").unwrap();
    }
    text
}
