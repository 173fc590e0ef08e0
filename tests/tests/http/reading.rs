//! Reading one's own writes, and reading in pages.

use std::collections::BTreeSet;

use safar_tests::http::{Engine, TestApp};
use serde_json::json;

use crate::{
    scene::{self, AUDITOR, GALABA, OUTREACH, note},
    unchanged::Unchanged,
};

pub(crate) async fn a_writer_reads_their_own_write(engine: Engine) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = scene::opened(&app).await;
    let galaba = app.as_(GALABA);
    for round in 1..=20 {
        let text = format!("Note {round}.");
        let written = galaba.post(&opened.path("/notes"), &note(&text)).on_any().send().await.expect(200);
        let position = written.header("safar-position");
        let path = opened.path(&format!("/timeline?limit=200&min_position={position}"));
        let read = galaba.get(&path).send().await.expect(200);
        let last =
            read.json()["items"].as_array().and_then(|items| items.last().cloned()).unwrap_or_default();
        assert_eq!(last["data"]["text"], text);
        assert!(!read.header("safar-position").is_empty());
        // The position means the same to everybody, and the case is as new.
        let case = app.as_(OUTREACH).get(&opened.path(&format!("?min_position={position}"))).send().await;
        assert_eq!(case.expect(200).revision(), written.revision());
    }
    Ok(())
}

pub(crate) async fn a_long_timeline_is_read_in_pages_exactly_once(engine: Engine) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = scene::opened(&app).await;
    let galaba = app.as_(GALABA);
    while app.app.store.revision(&stream(&opened.case)).await?.get() < 250 {
        let asks = (0..8).map(|_| galaba.post(&opened.path("/notes"), &note("One of many.")).on_any().send());
        for answer in futures_util::future::join_all(asks).await {
            answer.expect(200);
        }
    }
    app.settle().await;
    for (limit, pages) in [(50, 5), (200, 2), (7, 36), (125, 2)] {
        let (revisions, asked) = pages_of(&app, &opened, limit).await;
        assert_eq!(revisions, (1..=250).collect::<Vec<u64>>());
        assert!(asked == pages || asked == pages + 1, "{asked} pages of {limit}");
    }
    let unasked = galaba.get(&opened.path("/timeline")).send().await.expect(200).json();
    assert_eq!(unasked["items"].as_array().map(Vec::len), Some(50));
    Ok(())
}

fn stream(case: &str) -> safar_event_store::StreamId {
    safar_event_store::StreamId::new("case", case)
}

/// The revisions on all pages, in order, and how many pages there were.
async fn pages_of(app: &TestApp, opened: &scene::Opened, limit: u32) -> (Vec<u64>, usize) {
    let (mut revisions, mut pages) = (Vec::new(), 0);
    let mut path = opened.path(&format!("/timeline?limit={limit}"));
    loop {
        let page = app.as_(GALABA).get(&path).send().await.expect(200);
        pages += 1;
        let json = page.json();
        let items = json["items"].as_array().expect("a page has items");
        assert!(items.len() <= limit as usize);
        revisions.extend(items.iter().filter_map(|item| item["revision"].as_u64()));
        let Some(cursor) = json["next_cursor"].as_str() else {
            assert!(page.header("link").is_empty());
            return (revisions, pages);
        };
        path = opened.path(&format!("/timeline?cursor={cursor}&limit={limit}"));
        assert_eq!(page.header("link"), format!("<{path}>; rel=\"next\""));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_page_of_a_filtered_list_is_filtered_too() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let galaba = app.as_(GALABA);
    let mut path = "/v1/directory/organisations?country=KZ&service=tb_treatment&limit=2".to_owned();
    let mut seen = BTreeSet::new();
    loop {
        let page = galaba.get(&path).send().await.expect(200);
        for organisation in page.json()["items"].as_array().unwrap() {
            assert_eq!(organisation["country"], "KZ", "{organisation}");
            assert!(seen.insert(organisation["id"].to_string()), "{organisation} is there twice");
        }
        let link = page.header("link").to_owned();
        let Some(next) = link.strip_prefix('<').and_then(|rest| rest.split_once('>')) else { break };
        next.0.clone_into(&mut path);
    }
    assert!(seen.len() > 4, "{seen:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_position_that_cannot_be_reached_is_said_to_be_late() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = scene::opened(&app).await;
    let ahead = app.app.sealer.seal_position(app.head().await + 1);
    let late = app.as_(GALABA).get(&opened.path(&format!("?min_position={ahead}"))).send().await;
    let late = late.problem(503, "position_not_reached");
    assert_eq!(late.header("retry-after"), "1");
    let by_number = format!("?min_position={}", app.head().await + 1);
    app.as_(AUDITOR).get(&opened.path(&by_number)).send().await.problem(503, "position_not_reached");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_position_is_a_token_as_it_was_given_out_and_a_number_for_auditors() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = scene::opened(&app).await;
    let galaba = app.as_(GALABA);
    let token = galaba.get(&opened.path("")).send().await.expect(200).header("safar-position").to_owned();
    let unchanged = Unchanged::from_here(&app).await;
    let mut touched = token.clone();
    let last = if touched.pop() == Some('A') { 'B' } else { 'A' };
    touched.push(last);
    let cut = &token[..token.len() - 4];
    let foreign = safar_api::sealed::Sealer::random().seal_position(1);
    for bad in ["1", "0", "-1", "abc", "MARKERq7Zt", "", &touched, cut, &format!("{token}AAAA"), &foreign] {
        let ask = galaba.get(&opened.path(&format!("?min_position={bad}")));
        unchanged.refuses(ask, 400, "position_invalid", bad).await;
    }
    let auditor = app.as_(AUDITOR);
    let number = auditor.get(&opened.path("")).send().await.expect(200).header("safar-position").to_owned();
    assert_eq!(number, app.head().await.to_string());
    auditor.get(&opened.path(&format!("?min_position={number}"))).send().await.expect(200);
    auditor.get(&opened.path(&format!("?min_position={token}"))).send().await.expect(200);
    Ok(())
}

pub(crate) async fn a_cursor_is_good_only_for_the_one_who_got_it_and_where_it_was_given(
    engine: Engine,
) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = scene::opened(&app).await;
    let galaba = app.as_(GALABA);
    let page = galaba.get(&opened.path("/timeline?limit=1")).send().await.expect(200).json();
    let cursor = page["next_cursor"].as_str().expect("it is well formed");
    let at = |cursor: &str| opened.path(&format!("/timeline?cursor={cursor}"));
    galaba.get(&at(cursor)).send().await.expect(200);
    let unchanged = Unchanged::from_here(&app).await;
    let touched = format!("{}{}", if cursor.starts_with('B') { 'C' } else { 'B' }, &cursor[1..]);
    let position = app.app.sealer.seal_position(1);
    for bad in ["1", "", "MARKERq7Zt", "%27%20OR%20%271%27%3D%271", &touched, &cursor[4..], &position] {
        unchanged.refuses(galaba.get(&at(bad)), 400, "cursor_invalid", bad).await;
    }
    unchanged.refuses(app.as_(OUTREACH).get(&at(cursor)), 400, "cursor_invalid", "of a colleague").await;
    for elsewhere in ["/v1/cases", "/v1/handoffs", "/v1/worklist", "/v1/directory/organisations"] {
        let ask = galaba.get(&format!("{elsewhere}?cursor={cursor}"));
        unchanged.refuses(ask, 400, "cursor_invalid", elsewhere).await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_has_1_to_200_rows() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = scene::opened(&app).await;
    let unchanged = Unchanged::from_here(&app).await;
    let lists = ["/v1/cases", "/v1/handoffs", "/v1/worklist", "/v1/directory/organisations"];
    let timeline = opened.path("/timeline");
    for path in lists.into_iter().chain([timeline.as_str()]) {
        for bad in
            ["0", "201", "-1", "1000000000", "99999999999999999999", "abc", "", "1.5", "%2B1x", "MARKERq7Zt"]
        {
            let ask = app.as_(GALABA).get(&format!("{path}?limit={bad}"));
            unchanged.refuses(ask, 400, "invalid_query", bad).await;
        }
        let twice = app.as_(GALABA).get(&format!("{path}?limit=1&limit=2"));
        unchanged.refuses(twice, 400, "invalid_query", "two limits").await;
        for good in [1, 200] {
            app.as_(GALABA).get(&format!("{path}?limit={good}")).send().await.expect(200);
        }
    }
    Ok(())
}

pub(crate) async fn a_filter_takes_only_values_that_it_knows(engine: Engine) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let unchanged = Unchanged::from_here(&app).await;
    for query in [
        "/v1/cases?phase=MARKERq7Zt",
        "/v1/cases?phase=Transit",
        "/v1/cases?closed=yes",
        "/v1/cases?organisation=ngo-chashma",
        "/v1/handoffs?state=%25",
        "/v1/handoffs?direction=_",
        "/v1/worklist?list=*",
        "/v1/directory/organisations?country=%27%20OR%20%271%27%3D%271",
        "/v1/directory/organisations?place=(a%2B)%2B%24",
        "/v1/directory/organisations?service=%5C",
        "/v1/directory/organisations?country=kz",
        "/v1/cases?phase=%00",
    ] {
        unchanged.refuses(app.as_(GALABA).get(query), 400, "invalid_query", query).await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_about_people_is_stored_nowhere() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let opened = scene::opened(&app).await;
    let person = format!("/v1/persons/{}", opened.person);
    for path in
        [opened.path(""), opened.path("/timeline"), person, "/v1/cases".to_owned(), "/v1/me".to_owned()]
    {
        let answer = app.as_(GALABA).get(&path).send().await.expect(200);
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert_eq!(answer.header("content-type"), "application/json", "{path}");
    }
    let me = app.as_(GALABA).get("/v1/me").send().await.expect(200).json();
    assert_eq!((&me["worker"], &me["role"]), (&json!(GALABA), &json!("social_worker")));
    Ok(())
}
