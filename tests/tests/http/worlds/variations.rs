//! The same address asked in every way that a client has: pages, filters, languages, media, conditions, other methods.

use safar_api::routes::Endpoint;
use safar_tests::http::Answer;
use serde_json::Value;

use super::{
    alike::Both,
    crawl::{Crawl, get, reading_rows},
    pair::Question,
};

/// A list is read in about so many pages.
const PAGES: usize = 4;

impl Crawl<'_> {
    /// Asks every reading row in every way, at an address that answers each of these workers and at one that does not.
    pub(crate) async fn vary(&mut self, workers: &[&'static str]) {
        let examples = std::mem::take(&mut self.examples);
        for row in reading_rows() {
            let of_row = examples
                .iter()
                .filter(|((name, worker, _), _)| *name == row.name && workers.contains(worker));
            for ((_, worker, success), path) in of_row {
                let answers = self.ask(&get(worker, path.clone())).await;
                let Some([answer, other]) = answers else { continue };
                let mut ways = ways(self.document(), (&row, *success), &get(worker, path.clone()));
                if answer.body == other.body {
                    // What differs by chance does not compress to one length.
                    let headers = vec![("accept-encoding", "gzip".to_owned())];
                    ways.push(Question { headers, ..get(worker, path.clone()) });
                }
                for question in ways {
                    self.explore(&row, &question).await;
                }
                if *success {
                    self.conditionally(&row, &get(worker, path.clone()), &answer).await;
                    self.all_pages(&row, (worker, path), &answer).await;
                    self.since_positions(&row, (worker, path)).await;
                }
            }
        }
        self.examples.extend(examples);
    }

    /// With the tag of the answer, and with another one.
    async fn conditionally(&mut self, row: &Endpoint, base: &Question, answer: &Answer) {
        for tag in [answer.header("etag"), "\"1\"", "*"].into_iter().filter(|tag| !tag.is_empty()) {
            let question = Question { headers: vec![("if-none-match", tag.to_owned())], ..base.clone() };
            self.explore(row, &question).await;
        }
    }

    /// In pages, each behind the cursor of the one before.
    async fn all_pages(&mut self, row: &Endpoint, (worker, path): (&'static str, &Both), whole: &Answer) {
        let Some(items) = whole.json()["items"].as_array().map(Vec::len) else { return };
        let limit = items.div_ceil(PAGES).max(1);
        let mut next = path.each_ref().map(|path| format!("{path}?limit={limit}"));
        for _ in 0..2 * PAGES {
            let Some(answers) = self.explore(row, &get(worker, next)).await else { return };
            let cursors =
                answers.each_ref().map(|answer| answer.json()["next_cursor"].as_str().map(str::to_owned));
            let [Some(with), Some(without)] = cursors else { return };
            next = [0, 1]
                .map(|world| format!("{}?limit={limit}&cursor={}", path[world], [&with, &without][world]));
        }
    }

    /// From the position of an earlier answer on.
    async fn since_positions(&mut self, row: &Endpoint, (worker, path): (&'static str, &Both)) {
        let Some(answers) = self.ask(&get(worker, path.clone())).await else { return };
        let positions = answers.each_ref().map(|answer| answer.header("safar-position").to_owned());
        if positions.iter().any(String::is_empty) {
            return;
        }
        for name in parameters(self.document(), row).iter().filter_map(|parameter| parameter["name"].as_str())
        {
            if matches!(name, "min_position" | "after") {
                let path = [0, 1].map(|world| format!("{}?{name}={}", path[world], positions[world]));
                self.explore(row, &get(worker, path)).await;
            }
        }
    }

    fn document(&self) -> &Value {
        self.minimal.document()
    }
}

/// The query parameters of a row, as the document describes them.
fn parameters(document: &Value, row: &Endpoint) -> Vec<Value> {
    let all = document["paths"][row.path]["get"]["parameters"].as_array().cloned().unwrap_or_default();
    all.into_iter().filter(|parameter| parameter["in"] == "query").collect()
}

/// The values that are tried for a parameter: each that is known, or some of its kind.
fn values(document: &Value, schema: &Value) -> Vec<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let found = document.pointer(reference.trim_start_matches('#'));
        return found.map(|found| values(document, found)).unwrap_or_default();
    }
    if let Some(choices) = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array()) {
        return choices.iter().flat_map(|choice| values(document, choice)).collect();
    }
    if let Some(fixed) = schema["const"].as_str() {
        return vec![fixed.to_owned()];
    }
    if let Some(known) = schema["enum"].as_array() {
        return known.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    }
    let some: &[&str] = match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("boolean"), _) => &["true", "false"],
        (Some("integer"), _) => &["1", "200", "0", "201"],
        (_, Some("date")) => &["2026-01-01", "2026-05-04", "2026-12-31", "2026-02-30"],
        _ => &[
            "2026-05-01T00:00:00Z",
            "2026-02-01T00:00:00Z",
            "KZ",
            "KZ-79",
            "tj-farkhor",
            "kz-aids-aktobe",
            "1",
            "x y",
        ],
    };
    some.iter().map(|value| (*value).to_owned()).collect()
}

/// The ways to ask for one address; one that does not answer is asked in fewer.
fn ways(document: &Value, (row, success): (&Endpoint, bool), base: &Question) -> Vec<Question> {
    let with = |name: &'static str, value: &str| {
        let headers = vec![(name, value.to_owned())];
        Question { headers, ..base.clone() }
    };
    let method = |method: &str| Question { method: method.to_owned(), ..base.clone() };
    let mut ways = vec![
        method("HEAD"),
        method("OPTIONS"),
        method("DELETE"),
        with("accept", "application/xml"),
        with("accept-language", "ru"),
    ];
    if !success {
        return ways;
    }
    ways.extend(["tg", "kk", "de"].map(|language| with("accept-language", language)));
    ways.extend(["*/*", "application/pdf", "text/html"].map(|media| with("accept", media)));
    for parameter in parameters(document, row) {
        let name = parameter["name"].as_str().unwrap_or_default();
        for value in values(document, &parameter["schema"]) {
            let query = form(name, &value);
            let path = base.path.each_ref().map(|path| format!("{path}?{query}"));
            ways.push(Question { path, ..base.clone() });
        }
    }
    ways
}

fn form(name: &str, value: &str) -> String {
    format!("{name}={}", value.replace(' ', "%20").replace('+', "%2B"))
}
