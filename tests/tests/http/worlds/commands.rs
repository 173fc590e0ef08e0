//! Commands and searches in both worlds: what is refused is refused alike, and what is taken changes both alike.

use safar_api::routes::{Endpoint, Kind, Precondition, all};
use safar_domain::policy::Action;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    alike::Both,
    crawl::{Crawl, get},
    found::{ANY, parts},
    pair::Question,
};
use crate::minimal::NOBODY;

/// Under which revision a command is given.
const STALE: &str = "\"999999\"";

/// Names of the journeys, as people write them.
const WANTED: [(&str, i16); 4] =
    [("Раҳимов", 1991), ("Rakhimov", 1996), ("Davlatov", 1990), ("Ҳакимов", 1979)];

impl Crawl<'_> {
    /// Gives every command on these cases as these workers; first on a revision that never was, then on the one that is there.
    pub(crate) async fn command(&mut self, workers: &[&'static str], cases: &[Both]) {
        for row in all().into_iter().filter(|row| row.kind != Kind::Read) {
            for worker in workers {
                for path in self.targets(&row, cases) {
                    self.give(&row, worker, &path).await;
                }
            }
        }
    }

    /// Where a command of this row is tried: on each of the cases, with a part that was seen and with none.
    fn targets(&self, row: &Endpoint, cases: &[Both]) -> Vec<Both> {
        let nobody = [NOBODY.to_owned(), NOBODY.to_owned()];
        let mut paths = vec![["", ""].map(|_| row.path.to_owned())];
        for part in parts(row.path) {
            let ids: Vec<Both> = match part {
                "case" => cases.to_vec(),
                // The directory is everybody's, and changes nothing of a record.
                _ if row.action == Action::ChangeDirectory => vec![nobody.clone()],
                other => {
                    let known = [self.found.of(other), self.found.of(ANY)].concat();
                    known.into_iter().take(2).collect()
                }
            };
            let ids = if ids.is_empty() { vec![nobody.clone()] } else { ids };
            let hole = format!("{{{part}}}");
            let filled =
                |path: &Both, id: &Both| [0, 1].map(|world| path[world].replacen(&hole, &id[world], 1));
            paths = paths.iter().flat_map(|path| ids.iter().map(|id| filled(path, id))).collect();
        }
        paths
    }

    async fn give(&mut self, row: &Endpoint, worker: &'static str, path: &Both) {
        let body = self.minimal.body(row);
        let command = |body: String, if_match: Option<&str>, number: u64| {
            let key = Uuid::from_u128(0x0190_d000_0000_7000_8000_0000_0000_0000 + u128::from(number));
            let mut headers = vec![("idempotency-key", key.to_string())];
            headers.extend(if_match.map(|revision| ("if-match", revision.to_owned())));
            if matches!(row.kind, Kind::Search | Kind::Batch) {
                headers.clear();
            }
            let method = row.method.to_string();
            Question { worker, method, path: path.clone(), headers, body: Some(body) }
        };
        let takes = matches!(row.kind, Kind::Command(Precondition::Revision | Precondition::RevisionOrAny));
        self.explore(row, &command("{".to_owned(), takes.then_some(STALE), 0)).await;
        let stale = command(body.to_string(), takes.then_some(STALE), self.asked);
        let refused = self.explore(row, &stale).await;
        let open = refused.is_some_and(|answers| !matches!(answers[0].status, 403 | 404 | 401));
        if takes && open {
            let revision = self.revision(worker, path).await;
            let now = command(body.to_string(), Some(&revision), self.asked);
            if self.explore(row, &now).await.is_some_and(|answers| answers[0].status < 300) {
                self.pair.settle().await;
            }
        } else if open {
            self.pair.settle().await;
        }
    }

    /// The revision of the case, where the worker sees it and both worlds agree.
    async fn revision(&mut self, worker: &'static str, path: &Both) -> String {
        let of_case = path.each_ref().map(|path| path.split('/').take(4).collect::<Vec<_>>().join("/"));
        let shown = self.ask(&get(worker, of_case)).await;
        let tag = shown.map(|[answer, _]| answer.header("etag").to_owned()).filter(|tag| !tag.is_empty());
        tag.unwrap_or_else(|| "any".to_owned())
    }

    /// Looks for people by the names that the journeys give them.
    pub(crate) async fn search(&mut self) {
        let workers: Vec<&'static str> = self.speakers.keys().copied().collect();
        for row in all().into_iter().filter(|row| row.kind == Kind::Search) {
            for (family, year) in WANTED {
                let body: Value = json!({
                    "names": [{ "family": family, "given": null, "patronymic": null }],
                    "birth": { "precision": "year", "year": year },
                });
                for worker in &workers {
                    let path = ["", ""].map(|_| row.path.to_owned());
                    let question = Question { body: Some(body.to_string()), ..get(worker, path) };
                    let question = Question { method: row.method.to_string(), ..question };
                    if let Some(answers) = self.ask(&question).await {
                        let [with, without] = answers.each_ref().map(safar_tests::http::Answer::json);
                        self.found.learn(&row, [&with, &without]);
                    }
                }
            }
        }
    }
}
