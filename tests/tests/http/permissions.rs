//! Who may use which function: the table of routes times the table of roles, every cell.

use std::fmt::Write as _;

use safar_api::routes::{Endpoint, all};
use safar_domain::{
    actor::Role,
    policy::{self, Action},
};
use safar_tests::http::{Engine, TestApp};

use crate::{
    minimal::{Minimal, address},
    scene,
    unchanged::Unchanged,
};

/// One worker of each role.
const WORKERS: [(Role, &str); 8] = [
    (Role::OutreachWorker, scene::OUTREACH),
    (Role::SocialWorker, scene::GALABA),
    (Role::TbClinician, scene::SHYMKENT),
    (Role::HivClinician, "hc-kz-aktobe-1"),
    (Role::Coordinator, "co-iom-dushanbe"),
    (Role::Auditor, scene::AUDITOR),
    (Role::Administrator, scene::ADMINISTRATOR),
    (Role::Integrator, "in-tj-register"),
];

/// What a cell answered: to a well-formed request, and to one with a broken body and nothing else.
struct Cell {
    role: Role,
    name: &'static str,
    action: Action,
    whole: (u16, String),
    broken: (u16, String),
}

/// Asks every route in every role.
async fn ask_all(app: &TestApp) -> Vec<Cell> {
    let minimal = Minimal::new();
    let mut cells = Vec::new();
    for row in all() {
        // An administrator's own route changes the directory: nothing here names a record that exists.
        let path = address(&row, &[("organisation", "ngo-nobody"), ("worker", "sw-nobody")]);
        for (role, worker) in WORKERS {
            let who = app.as_(worker);
            let whole = minimal.request(&who, &row, &path).send().await;
            let broken = who.ask(row.method.as_str(), &path).body(broken_body(&row)).send().await;
            let [whole, broken] = [whole, broken].map(|answer| (answer.status, answer.code()));
            cells.push(Cell { role, name: row.name, action: row.action, whole, broken });
        }
    }
    cells
}

fn broken_body(row: &Endpoint) -> &'static str {
    if row.method == "GET" { "" } else { "{" }
}

/// How a function is refused to a role that does not have it: a hidden one is not there at all.
fn refusal(action: Action) -> (u16, &'static str) {
    if action.hidden() { (404, "not_found") } else { (403, "forbidden") }
}

/// The cells that a policy would have answered otherwise.
fn wrong(cells: &[Cell], permits: impl Fn(Role, Action) -> bool) -> Vec<&Cell> {
    let right = |cell: &&Cell| {
        let (no, said) = refusal(cell.action);
        let refused = |(status, code): &(u16, String)| *status == no && code == said;
        let answered =
            |(status, _): &(u16, String)| matches!(status, 200..=299 | 400 | 404 | 409 | 412 | 422);
        if permits(cell.role, cell.action) {
            let open = cell.action.hidden() || !refused(&cell.broken);
            answered(&cell.whole) && open && cell.broken.0 < 500
        } else {
            refused(&cell.whole) && refused(&cell.broken)
        }
    };
    cells.iter().filter(|cell| !right(cell)).collect()
}

/// The whole table: a dot for a function that is open, a cross for one that is refused.
fn table(cells: &[Cell]) -> String {
    let mut text = format!("{:30}", "");
    for (role, _) in WORKERS {
        let _ = write!(text, " {:>5}", &role.code()[..5]);
    }
    for line in cells.chunk_by(|a, b| a.name == b.name) {
        let _ = write!(text, "\n{:30}", line[0].name);
        for cell in line {
            let _ = write!(text, " {:>5}", cell.whole.0);
        }
    }
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_function_is_refused_to_exactly_those_roles_that_do_not_have_it() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let before = app.head().await;
    let cells = ask_all(&app).await;
    assert_eq!(cells.len(), all().len() * Role::ALL.len());
    let mistaken = wrong(&cells, policy::permits);
    let named: Vec<_> = mistaken
        .iter()
        .map(|cell| format!("{} as {:?}: {:?}, broken {:?}", cell.name, cell.role, cell.whole, cell.broken))
        .collect();
    assert!(named.is_empty(), "{}\n{}", named.join("\n"), table(&cells));
    assert!(app.head().await >= before);
    // The control: a policy with one right too many and one too few does not fit these answers.
    let too_open = |role, action| action == Action::Diagnose || policy::permits(role, action);
    let too_closed = |role, action| role != Role::Auditor && policy::permits(role, action);
    assert!(!wrong(&cells, too_open).is_empty() && !wrong(&cells, too_closed).is_empty());
    assert!(!wrong(&cells, |_, _| true).is_empty() && !wrong(&cells, |_, _| false).is_empty());
    Ok(())
}

pub(crate) async fn a_function_of_others_is_refused_on_what_exists_as_on_what_does_not(
    engine: Engine,
) -> anyhow::Result<()> {
    let (app, minimal) = (TestApp::on(engine).await?, Minimal::new());
    let opened = scene::opened(&app).await;
    let handoff = scene::offered(&app, &opened).await.id();
    let unchanged = Unchanged::from_here(&app).await;
    let ids = [
        ("case", opened.case.as_str()),
        ("person", &opened.person),
        ("handoff", &handoff),
        ("part", &handoff),
    ];
    for row in all() {
        for (role, worker) in WORKERS.into_iter().filter(|(role, _)| !policy::permits(*role, row.action)) {
            let answer = minimal.request(&app.as_(worker), &row, &address(&row, &ids)).send().await;
            let (status, code) = refusal(row.action);
            unchanged.refused(&answer, status, code, &format!("{} as {role:?}", row.name)).await;
        }
    }
    Ok(())
}

pub(crate) async fn a_new_role_counts_at_the_next_request_with_the_same_token(
    engine: Engine,
) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let galaba = app.as_(scene::GALABA);
    galaba.get("/v1/cases").send().await.expect(200);
    let as_coordinator = serde_json::json!({ "organisation": "ngo-galaba", "role": "coordinator" });
    let path = format!("/v1/directory/workers/{}", scene::GALABA);
    app.as_(scene::ADMINISTRATOR).put(&path, &as_coordinator).send().await.expect(200);
    app.settle().await;
    galaba.get("/v1/cases").send().await.problem(403, "forbidden");
    let gone = format!("{path}/deactivate");
    app.as_(scene::ADMINISTRATOR).post(&gone, &serde_json::json!({})).send().await.expect(200);
    app.settle().await;
    galaba.get("/v1/cases").send().await.problem(401, "token_refused");
    Ok(())
}
