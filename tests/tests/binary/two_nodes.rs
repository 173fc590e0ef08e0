//! Two servers on one PostgreSQL database, set up as in service, and many clients that repeat, race and collide.

use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use safar_api::auth::DevIssuer;
use safar_tests::{
    binary::{Installation, Running, token},
    postgres::Postgres,
};
use tokio::{sync::Barrier, task::JoinSet};

use crate::{
    asking::{Answer, Chance, Command, Worker, note, open, register, support},
    journal::{Acknowledged, Journal, assert_it_notices, log_of},
};

const CLIENTS: u64 = 64;
/// Per client, after it has opened its case.
const STEPS: u64 = 155;
const WORKERS: [&str; 8] = [
    "sw-galaba",
    "sw-chashma",
    "sw-sohibkor",
    "sw-kalam",
    "sw-chashmai-khaet",
    "sw-said",
    "sw-kz-astana",
    "sw-kz-shymkent",
];

/// One client: a worker at a desk, with a case of their own and one that they share with colleagues.
struct Client {
    worker: Worker,
    chance: Chance,
    nodes: [String; 2],
    own: String,
    revision: u64,
    shared: String,
    journal: Journal,
    told_twice: u32,
    races: u32,
}

impl Client {
    /// Registers a person and opens the case, each at another node: the second node knows what the first has written.
    async fn arrive(number: u64, worker: Worker, nodes: [String; 2]) -> Result<Self> {
        let mut chance = Chance(number);
        let person = worker.insist(&nodes[0], &register(chance.key(), "Назаров", &[])).await?.id()?;
        let opening = open(chance.key(), &person);
        let answer = worker.insist(&nodes[1], &opening).await?;
        let own = answer.clone().id()?;
        let told = Acknowledged::of(&worker.name, opening.key, &own, &answer)?;
        let (revision, shared) = (told.revision, String::new());
        let journal = Journal { acknowledged: vec![told], refused: vec![] };
        Ok(Self { worker, chance, nodes, own, revision, shared, journal, told_twice: 0, races: 0 })
    }

    /// One command in fifty is sent twice, one in twenty-five races with another; the others just go to a node.
    async fn step(&mut self) -> Result<()> {
        match self.chance.below(50) {
            0 => self.twice().await,
            1 | 2 => self.race().await,
            3..20 => self.alone(true).await,
            _ => self.alone(false).await,
        }
    }

    fn node(&mut self) -> String {
        self.nodes[usize::from(self.chance.below(2) == 1)].clone()
    }

    /// A note on the shared case, in whatever order; or support on the own case, at the revision last heard of.
    fn command(&mut self, shared: bool) -> Command {
        let key = self.chance.key();
        if shared { note(key, &self.shared, "seen") } else { support(key, &self.own, Some(self.revision)) }
    }

    fn acknowledge(&mut self, command: &Command, answer: &Answer) -> Result<()> {
        let case = if command.path.contains(&self.own) { self.own.clone() } else { self.shared.clone() };
        let told = Acknowledged::of(&self.worker.name, command.key, &case, answer)?;
        if case == self.own {
            self.revision = told.revision;
        }
        self.journal.acknowledged.push(told);
        Ok(())
    }

    async fn alone(&mut self, shared: bool) -> Result<()> {
        let (command, node) = (self.command(shared), self.node());
        let answer = self.worker.insist(&node, &command).await?;
        self.acknowledge(&command, &answer)
    }

    /// The same command twice, at once or one after the other, at one node or both: one outcome.
    async fn twice(&mut self) -> Result<()> {
        let shared = self.chance.below(2) == 1;
        let (command, first, second) = (self.command(shared), self.node(), self.node());
        let (one, other) = if self.chance.below(2) == 1 {
            let (worker, command) = (&self.worker, &command);
            tokio::try_join!(worker.insist(&first, command), worker.insist(&second, command))?
        } else {
            let one = self.worker.insist(&first, &command).await?;
            (one, self.worker.insist(&second, &command).await?)
        };
        ensure!(
            (one.status, &one.body) == (other.status, &other.body),
            "one key, two outcomes: {} and {}",
            one.body,
            other.body
        );
        self.told_twice += 1;
        self.acknowledge(&command, &one)
    }

    /// Two different commands on the own case, decided on the same revision, at the same time, at both nodes.
    async fn race(&mut self) -> Result<()> {
        let (one, other) = (self.command(false), self.command(false));
        let (first, second) = tokio::try_join!(
            self.worker.insist(&self.nodes[0], &one),
            self.worker.insist(&self.nodes[1], &other)
        )?;
        let (winner, told, loser, refused) = match (first.status, second.status) {
            (200, 412) => (one, first, other, second),
            (412, 200) => (other, second, one, first),
            statuses => anyhow::bail!("of two decisions on one revision, {statuses:?}"),
        };
        ensure!(refused.code() == "stale_revision", "{}", refused.body);
        self.races += 1;
        self.journal.refused.push(loser.key);
        self.acknowledge(&winner, &told)
    }
}

/// Two nodes as in service: migrated by the owner, serving as a login that can only append and read.
async fn nodes(issuer: &DevIssuer) -> Result<(safar_tests::postgres::Database, [Installation; 2])> {
    let database = Postgres::shared()?.database().await?;
    let owner = Installation::new()?.set("STORE__URL", &database.owner_url);
    owner.tool(&["migrate", "--grant-to", &database.login])?;
    let node = || {
        let node = Installation::new()?.in_service(issuer).set("STORE__URL", &database.app_url);
        // Twenty thousand lines about requests are another test's business.
        Ok::<_, anyhow::Error>(node.set("TELEMETRY__LOG", "warn,safar_api::commands=info"))
    };
    let nodes = [node()?, node()?];
    nodes[0].describe_directory()?;
    Ok((database, nodes))
}

/// Lets all clients work at once; the first of each worker's clients opens the case that they share.
async fn work(issuer: &DevIssuer, addresses: [String; 2]) -> Result<Vec<Client>> {
    let mut arriving = JoinSet::new();
    for number in 0..CLIENTS {
        let name = WORKERS[usize::try_from(number)? % WORKERS.len()];
        let worker = Worker::new(name, token(issuer, name));
        arriving.spawn(Client::arrive(number, worker, addresses.clone()));
    }
    let mut clients = arriving.join_all().await.into_iter().collect::<Result<Vec<_>>>()?;
    clients.sort_by(|a, b| a.own.cmp(&b.own));
    let (meeting_places, start) =
        (clients.iter().map(shared_place).collect::<Vec<_>>(), Arc::new(Barrier::new(64)));
    let mut working = JoinSet::new();
    for mut client in clients {
        let place = meeting_places.iter().find(|(name, _)| *name == client.worker.name);
        client.shared.clone_from(&place.context("every worker has a case")?.1);
        // The one whose case is shared has no case of their own to race on: it would move under their feet.
        let host = client.shared == client.own;
        let start = start.clone();
        working.spawn(async move {
            start.wait().await;
            for _ in 0..STEPS {
                if host { client.alone(true).await? } else { client.step().await? }
            }
            Ok(client)
        });
    }
    working.join_all().await.into_iter().collect()
}

fn shared_place(client: &Client) -> (String, String) {
    (client.worker.name.clone(), client.own.clone())
}

/// Both nodes tell the same of every case, at the position of the last command.
async fn assert_same_story(clients: &[Client], nodes: &[Running; 2]) -> Result<()> {
    let last = &clients[0];
    let command = note(Chance(u64::MAX).key(), &last.own, "the last one");
    let position = last.worker.insist(&nodes[0].address, &command).await?.position.context("a position")?;
    let mut told = 0;
    for client in clients {
        for view in ["", "/timeline", "/responsibility"] {
            let limit = if view == "/timeline" { "&limit=200" } else { "" };
            let path = format!("/v1/cases/{}{view}?min_position={position}{limit}", client.own);
            let one = client.worker.get(&nodes[0].address, &path).await?.success()?;
            let mut other = client.worker.get(&nodes[1].address, &path).await?.success()?;
            other["next_cursor"] = one["next_cursor"].clone();
            let mut one = one;
            one["next_cursor"] = other["next_cursor"].clone();
            ensure!(one == other, "{view} of one case: {one} at one node, {other} at the other");
            told += one["items"].as_array().map_or(0, Vec::len);
        }
    }
    ensure!(told > 5_000, "the timelines are too short to say anything: {told} lines");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_and_sixty_four_clients_keep_one_log() -> Result<()> {
    let issuer = DevIssuer::ephemeral();
    let (database, installations) = nodes(&issuer).await?;
    let running = [installations[0].start(&["serve"]).await?, installations[1].start(&["serve"]).await?];
    let clients = work(&issuer, [running[0].address.clone(), running[1].address.clone()]).await?;
    assert_same_story(&clients, &running).await?;

    let mut journal = Journal::default();
    for client in &clients {
        journal.acknowledged.extend(client.journal.acknowledged.iter().cloned());
        journal.refused.extend(&client.journal.refused);
    }
    let persons = clients.len();
    let commands = persons + journal.acknowledged.len() + journal.refused.len() + 1;
    let (twice, races) =
        clients.iter().fold((0, 0), |(a, b), client| (a + client.told_twice, b + client.races));
    ensure!(
        commands >= 10_000 && twice > 100 && races > 100,
        "{commands} commands, {twice} twice, {races} races"
    );

    let log = log_of(&database.app_url).await?;
    assert_it_notices(&journal, &log)?;
    let sound = installations[1].tool(&["verify"])?;
    ensure!(sound.contains("The log is sound"), "{sound}");
    for mut node in running {
        ensure!(node.stop().await?.success(), "a node did not end well: {}", node.log()?);
    }
    Ok(())
}
