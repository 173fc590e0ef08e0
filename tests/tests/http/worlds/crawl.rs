//! The crawler: from the table of routes, through whatever the answers name, until there is nothing new to ask.

use std::collections::{BTreeMap, BTreeSet};

use safar_api::routes::{Endpoint, Kind, all};
use safar_domain::policy::Action;
use safar_tests::http::{Answer, As, Ask};
use uuid::Uuid;

use super::{
    alike::{Both, Names},
    found::{ANY, Found, parts},
    pair::{Leak, Pair, Question},
};
use crate::minimal::{Minimal, NOBODY};

/// A crawl as far as it has come.
pub(crate) struct Crawl<'a> {
    /// The worlds.
    pub(crate) pair: &'a Pair,
    /// Who asks, with a token for either world.
    pub(crate) speakers: BTreeMap<&'static str, [As<'a>; 2]>,
    /// The smallest bodies.
    pub(crate) minimal: Minimal,
    /// The names that differ by chance.
    names: Names,
    /// What can be put into addresses.
    pub(crate) found: Found,
    /// What the first world gives away on purpose.
    leak: Option<Leak>,
    /// Where the worlds differ: who asked how and where, and what differs.
    pub(crate) differences: Vec<String>,
    /// How often each world was asked.
    pub(crate) asked: u64,
    /// Who has asked what.
    known: BTreeSet<(&'static str, String)>,
    /// By row and worker an address that was answered with a success, and one that was not.
    pub(crate) examples: BTreeMap<(&'static str, &'static str, bool), Both>,
}

/// Worlds that differ everywhere are not told apart any better by a thousand lines.
const ENOUGH: usize = 30;

/// More ids of one kind are not asked for by everybody, nor more names of the directory and of vocabularies.
const MANY: usize = 60;
const SOME: usize = 12;

impl<'a> Crawl<'a> {
    /// Begins with what every route takes.
    pub(crate) fn new(pair: &'a Pair, workers: &[&'static str], leak: Option<Leak>) -> Self {
        let speakers = workers.iter().map(|worker| (*worker, pair.speaker(worker))).collect();
        Self {
            pair,
            speakers,
            minimal: Minimal::new(),
            names: Names::default(),
            found: Found::default(),
            leak,
            differences: Vec::new(),
            asked: 0,
            known: BTreeSet::new(),
            examples: BTreeMap::new(),
        }
    }

    /// Puts a question to both worlds and compares the answers; equal ones are given back.
    pub(crate) async fn ask(&mut self, question: &Question) -> Option<[Answer; 2]> {
        self.asked += 1;
        let numbers = question.worker.starts_with("au-");
        if numbers {
            // Where the read models stand is a number to auditors, and they follow when they follow.
            self.pair.settle().await;
        }
        let speakers = &self.speakers[question.worker];
        let number = Uuid::from_u128(0x0190_c000_0000_7000_8000_0000_0000_0000 + u128::from(self.asked));
        let ask = |world: usize| -> Ask<'a> {
            let ask = speakers[world].ask(&question.method, &question.path[world]);
            let headers = question.headers.iter();
            let ask = headers.fold(ask, |ask, (name, value)| ask.header(name, value));
            let ask = ask.header("x-request-id", &number.to_string());
            match &question.body {
                Some(body) => ask.header("content-type", "application/json").body(body.clone()),
                None => ask,
            }
        };
        let (mut with, without) = tokio::join!(ask(0).send(), ask(1).send());
        if let Some(leak) = &self.leak
            && (leak.worker, leak.path.as_str()) == (question.worker, question.path[0].as_str())
        {
            (leak.change)(&mut with);
        }
        let Some(what) = self.names.difference([&with, &without], numbers) else {
            return Some([with, without]);
        };
        if self.differences.len() < ENOUGH {
            let Question { worker, method, path, headers, .. } = question;
            self.differences.push(format!("{method} {} as {worker} {headers:?}: {what}", path[0]));
        }
        None
    }

    /// Asks a question of a row once, and learns from the answer.
    pub(crate) async fn explore(&mut self, row: &Endpoint, question: &Question) -> Option<[Answer; 2]> {
        // A checkpoint, and what rests on one, says how many events there are, hidden ones with them, and is for auditors alone.
        if counts_everything(row.action) && question.worker.starts_with("au-") {
            return None;
        }
        let what = format!("{} {} {:?}", question.method, question.path[0], question.headers);
        if !self.known.insert((question.worker, what)) {
            return None;
        }
        let answers = self.ask(question).await?;
        let [with, without] = answers.each_ref().map(Answer::json);
        self.found.learn(row, [&with, &without]);
        let success = answers[0].status < 300;
        self.examples.entry((row.name, question.worker, success)).or_insert_with(|| question.path.clone());
        Some(answers)
    }

    /// The addresses of a row with the ids that are known by now.
    pub(crate) fn addresses(&self, row: &Endpoint) -> Vec<Both> {
        let nobody = || vec![[NOBODY.to_owned(), NOBODY.to_owned()]];
        let mut addresses = vec![["", ""].map(|_| row.path.to_owned())];
        for part in parts(row.path) {
            let known = self.found.of(part);
            let most = if matches!(part, "organisation" | "set") { SOME } else { MANY };
            let ids: Vec<Both> = known.into_iter().take(most).chain(nobody()).collect();
            let hole = format!("{{{part}}}");
            let filled =
                |address: &Both, id: &Both| [0, 1].map(|world| address[world].replacen(&hole, &id[world], 1));
            addresses =
                addresses.iter().flat_map(|address| ids.iter().map(|id| filled(address, id))).collect();
        }
        addresses
    }

    /// These reading rows with every id that fits, by everybody, again and again until nothing new is named.
    pub(crate) async fn until_nothing_is_new(&mut self, rows: &[Endpoint]) {
        let workers: Vec<&'static str> = self.speakers.keys().copied().collect();
        loop {
            let known = (self.found.len(), self.known.len());
            for row in rows {
                for path in self.addresses(row) {
                    for worker in &workers {
                        self.explore(row, &get(worker, path.clone())).await;
                    }
                }
            }
            if (self.found.len(), self.known.len()) == known {
                return;
            }
        }
    }

    /// Every id as an id of everything, whatever it is.
    pub(crate) async fn mistake_ids(&mut self, workers: &[&'static str], extra: Vec<String>) {
        let sample = self.found.everything().into_iter().step_by(self.found.len().div_ceil(MANY).max(1));
        let ids: Vec<Both> = sample.chain(extra.into_iter().map(|id| [id.clone(), id])).collect();
        for row in reading_rows().filter(|row| parts(row.path).next().is_some()) {
            let hole = format!("{{{}}}", parts(row.path).next().unwrap_or(ANY));
            for id in &ids {
                let path = [0, 1].map(|world| row.path.replacen(&hole, &id[world], 1));
                for worker in workers {
                    self.explore(&row, &get(worker, path.clone())).await;
                }
            }
        }
    }
}

/// What says how long the log is.
pub(crate) fn counts_everything(action: Action) -> bool {
    matches!(action, Action::CheckLog | Action::TakeEvidence)
}

/// The rows that read.
pub(crate) fn reading_rows() -> impl Iterator<Item = Endpoint> {
    all().into_iter().filter(|row| row.kind == Kind::Read)
}

/// A plain reading.
pub(crate) fn get(worker: &'static str, path: Both) -> Question {
    Question { worker, method: "GET".to_owned(), path, headers: Vec::new(), body: None }
}
