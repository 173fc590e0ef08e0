//! Every row of the table: who is not let in, which methods it has, what it answers in.

use std::collections::{BTreeMap, BTreeSet};

use safar_api::routes::{Endpoint, all};
use safar_domain::{actor::Role, policy};
use safar_tests::http::{Answer, Engine, TestApp};
use serde_json::json;

use crate::{
    minimal::{Minimal, address},
    scene::{ADMINISTRATOR, AUDITOR, GALABA, SHYMKENT},
    unchanged::Unchanged,
};

fn problem(answer: &Answer, status: u16, code: &str, row: &Endpoint) {
    let said = format!("{} {}: {} {}", row.method, row.path, answer.status, answer.text());
    assert_eq!((answer.status, answer.code().as_str()), (status, code), "{said}");
    assert_eq!(answer.header("content-type"), "application/problem+json", "{said}");
}

pub(crate) async fn nobody_without_a_token_reaches_any_route(engine: Engine) -> anyhow::Result<()> {
    let (app, minimal) = (TestApp::on(engine).await?, Minimal::new());
    let unchanged = Unchanged::from_here(&app).await;
    for row in all() {
        let whole = minimal.request(&app.anonymously(), &row, &address(&row, &[])).send().await;
        problem(&whole, 401, "token_missing", &row);
        assert_eq!(whole.header("www-authenticate"), "Bearer");
        let empty = app.anonymously().ask(row.method.as_str(), &address(&row, &[])).send().await;
        problem(&empty, 401, "token_missing", &row);
        unchanged.kept(&whole, row.path).await;
    }
    Ok(())
}

pub(crate) async fn a_good_token_of_someone_who_does_not_work_here_reaches_no_route(
    engine: Engine,
) -> anyhow::Result<()> {
    let (app, minimal) = (TestApp::on(engine).await?, Minimal::new());
    let administrator = app.as_(ADMINISTRATOR);
    let gone = |worker: &str| format!("/v1/directory/workers/{worker}/deactivate");
    administrator.post(&gone(GALABA), &json!({})).send().await.expect(200);
    let closed = "/v1/directory/organisations/ngo-chashma/deactivate";
    administrator.post(closed, &json!({})).send().await.expect(200);
    app.settle().await;
    let unchanged = Unchanged::from_here(&app).await;
    for row in all() {
        for worker in [GALABA, "sw-chashma", "sw-nobody", "No Worker"] {
            let answer = minimal.request(&app.as_(worker), &row, &address(&row, &[])).send().await;
            problem(&answer, 401, "token_refused", &row);
            unchanged.kept(&answer, row.path).await;
        }
    }
    Ok(())
}

pub(crate) async fn every_path_names_its_methods_to_those_who_use_another(
    engine: Engine,
) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let mut paths: BTreeMap<&str, (Endpoint, BTreeSet<String>)> = BTreeMap::new();
    for row in all() {
        let methods = &mut paths.entry(row.path).or_insert_with(|| (row.clone(), BTreeSet::new())).1;
        methods.insert(row.method.to_string());
        if row.method == "GET" {
            methods.insert("HEAD".to_owned());
        }
    }
    for (path, (row, methods)) in &paths {
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"] {
            if methods.contains(method) {
                continue;
            }
            for who in [app.anonymously(), app.as_(GALABA)] {
                let answer = who.ask(method, &address(row, &[])).send().await;
                assert_eq!(answer.status, 405, "{method} {path}");
                if method != "HEAD" {
                    assert_eq!(answer.code(), "method_not_allowed", "{method} {path}");
                }
                let allowed: BTreeSet<String> =
                    answer.header("allow").split(", ").map(str::to_owned).collect();
                assert_eq!(&allowed, methods, "{method} {path}");
            }
        }
        assert_eq!(app.as_(GALABA).ask("TRACE", &address(row, &[])).send().await.status, 405, "TRACE {path}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn head_answers_as_get_does_without_the_body() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    for row in all().iter().filter(|row| row.method == "GET") {
        for worker in [GALABA, AUDITOR] {
            let path = address(row, &[("organisation", "ngo-galaba")]);
            let get = app.as_(worker).get(&path).send().await;
            let head = app.as_(worker).ask("HEAD", &path).send().await;
            assert_eq!(head.status, get.status, "{path}");
            assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
            assert!(head.body.is_empty(), "{path}");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_is_none_is_not_found_for_everybody() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let strange =
        ["/", "/v1", "/v1/", "/v2/cases", "/v1/cases/", "/v1/nothing", "/v1/me/", "/admin", "/.git/config"];
    for path in strange {
        for who in [app.anonymously(), app.as_(GALABA)] {
            for method in ["GET", "POST", "DELETE"] {
                who.ask(method, path).send().await.problem(404, "not_found");
            }
        }
    }
    Ok(())
}

pub(crate) async fn who_takes_no_json_is_told_so_on_every_route(engine: Engine) -> anyhow::Result<()> {
    let (app, minimal) = (TestApp::on(engine).await?, Minimal::new());
    let unchanged = Unchanged::from_here(&app).await;
    for row in all() {
        let ask = minimal.request(&app.as_(GALABA), &row, &address(&row, &[]));
        let answer = ask.clone().header("accept", "application/xml").send().await;
        problem(&answer, 406, "not_acceptable", &row);
        unchanged.kept(&answer, row.path).await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_takes_no_query() -> anyhow::Result<()> {
    let (app, minimal) = (TestApp::sqlite().await?, Minimal::new());
    let opened = crate::scene::opened(&app).await;
    let unchanged = Unchanged::from_here(&app).await;
    let ids = [("case", opened.case.as_str()), ("person", &opened.person), ("organisation", "ngo-galaba")];
    for row in all().iter().filter(|row| row.method != "GET") {
        let workers = [
            (Role::SocialWorker, GALABA),
            (Role::TbClinician, SHYMKENT),
            (Role::Administrator, ADMINISTRATOR),
            (Role::Auditor, AUDITOR),
            (Role::HivClinician, "hc-kz-aktobe-1"),
        ];
        let worker = workers.into_iter().find(|(role, _)| policy::permits(*role, row.action));
        let who = app.as_(worker.expect("somebody may").1);
        for query in ["dry_run=1", "MARKERq7Zt", "min_position=1"] {
            let path = format!("{}?{query}", address(row, &ids));
            unchanged.refuses(minimal.request(&who, row, &path), 400, "invalid_query", row.name).await;
        }
    }
    Ok(())
}

pub(crate) async fn an_unknown_query_parameter_is_refused_on_every_reading_route(
    engine: Engine,
) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let of_each = crate::scene::one_of_each(&app).await;
    let ids = of_each.each_ref().map(|(part, id)| (*part, id.as_str()));
    for row in all().iter().filter(|row| row.method == "GET" && !row.action.hidden()) {
        let worker = if policy::permits(Role::SocialWorker, row.action) { GALABA } else { AUDITOR };
        let path = address(row, &ids);
        app.as_(worker).get(&path).send().await.expect(200);
        for query in
            ["stranger=1", "sort=name%3BDROP", "sort=name%20desc--", "filter=1)%20UNION%20SELECT", "=", "a"]
        {
            let answer = app.as_(worker).get(&format!("{path}?{query}")).send().await;
            problem(&answer, 400, "invalid_query", row);
        }
    }
    Ok(())
}
