//! How far each function reaches: every route that names a record, for every role, by what the worker's organisation is to that
//! record. The policy says it, `docs/reach.md` shows it, and the server answers it, cell by cell.

mod around;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
};

use safar_api::routes::{Endpoint, all};
use safar_domain::{
    actor::{Actor, Role},
    case::standing::Standing,
    ids::Country,
    policy::{self, Decision, Tie},
};
use safar_tests::http::TestApp;

use crate::{
    minimal::{Minimal, address},
    scene::seen,
};

/// What an organisation is to the patient of the scene, and which one that is.
#[derive(Clone, Copy)]
struct Side {
    name: &'static str,
    organisation: &'static str,
    administrator: &'static str,
    standing: Option<Standing>,
    /// Whether it is a side of the pull request, the contact notice, the conflict and the emergency as well.
    asked: bool,
}

const SIDES: [Side; 5] = [
    Side {
        name: "responsible",
        organisation: "kz-tb-shymkent",
        administrator: "ad-kz",
        standing: Some(Standing::Responsible),
        asked: true,
    },
    Side {
        name: "former",
        organisation: "ngo-galaba",
        administrator: "ad-tj",
        standing: Some(Standing::Former),
        asked: true,
    },
    Side {
        name: "offered",
        organisation: "kz-tb-astana",
        administrator: "ad-kz",
        standing: Some(Standing::Offered),
        asked: false,
    },
    Side {
        name: "of the same country",
        organisation: "kz-tb-aktobe",
        administrator: "ad-kz",
        standing: None,
        asked: false,
    },
    Side {
        name: "abroad",
        organisation: "ngo-chashma",
        administrator: "ad-tj",
        standing: None,
        asked: false,
    },
];

/// What of a patient an address can name; whatever else it names is a part of one of these.
const RECORDS: [&str; 8] =
    ["case", "person", "handoff", "pull_request", "contact_notice", "conflict", "emergency", "export"];

/// A revision that never was: what is within reach is refused behind the policy, and nothing is recorded.
const NEVER: u64 = 999_999;

/// Routes that name a second thing, in the address or in the body, which is not there: they answer alike to everybody.
const TWO: [&str; 4] = ["persons.link", "persons.undo_link", "contacts.link", "results.entered_in_error"];

/// What a cell says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    /// The function is not for this role.
    Refused,
    /// As where there is nothing.
    Hidden,
    /// Whatever the rules then say.
    Open,
}

/// One answer of the policy or of the server.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Cell {
    name: &'static str,
    role: Role,
    side: &'static str,
    says: Says,
}

/// The record that an address names first.
fn record(row: &Endpoint) -> Option<&'static str> {
    RECORDS.into_iter().find(|record| row.path.contains(&format!("{{{record}}}")))
}

/// The routes that name a record: those that read before those that may change something.
fn rows() -> Vec<Endpoint> {
    let mut rows: Vec<Endpoint> =
        all().into_iter().filter(|row| record(row).is_some() && !TWO.contains(&row.name)).collect();
    rows.sort_by_key(|row| row.method != "GET");
    rows
}

fn worker(role: Role, side: &Side) -> String {
    format!("{}-of-{}", role.code().replace('_', "-"), side.organisation)
}

/// Where the thing at hand asks for more than a standing: a packet is for the two sides of its handoff, its card for the sender, a
/// conflict for those whose step it was, an emergency for who answers for the case, an export for the house of who asked and its
/// content for that worker alone, a claim for coordinators of the sender's country, and an HIV record for the centre that the
/// patient was sent to.
fn closer(row: &Endpoint, role: Role, side: &Side) -> bool {
    match row.name {
        "handoffs.packet" | "handoffs.packet_page" | "handoffs.candidates" => {
            side.name == "former" && role != Role::Auditor
        }
        "handoffs.card" => side.name != "responsible" || role == Role::Auditor,
        "conflicts.read" | "conflicts.resolve" => !side.asked,
        "emergency_accesses.read"
        | "emergency_accesses.review"
        | "exports.read"
        | "exports.approve"
        | "exports.refuse" => side.name != "responsible" && role != Role::Auditor,
        "handoffs.confirm_claim" | "handoffs.refuse_claim" => {
            role == Role::Coordinator && side.administrator != "ad-kz"
        }
        "hiv.open" | "exports.fetch" => true,
        _ => false,
    }
}

/// What the policy says of a cell.
fn expected(row: &Endpoint, role: Role, side: &Side) -> Says {
    let actor = Actor {
        worker: worker(role, side).parse().expect("a worker"),
        organisation: side.organisation.parse().expect("an organisation"),
        country: if side.administrator == "ad-kz" { Country::KZ } else { Country::TJ },
        role,
    };
    let of_patient = matches!(record(row), Some("case" | "person" | "handoff"));
    let standing = if of_patient { side.standing } else { side.asked.then_some(Standing::Responsible) };
    if policy::permits(role, row.action) && closer(row, role, side) {
        return Says::Hidden;
    }
    let signed_in = Some(jiff::SignedDuration::ZERO);
    match policy::decide(&actor, row.action, Tie { standing, signed_in, ..Tie::default() }) {
        Decision::DenyFunction => Says::Refused,
        Decision::Hide => Says::Hidden,
        _ => Says::Open,
    }
}

fn cells(mut says: impl FnMut(&Endpoint, Role, &Side) -> Says) -> Vec<Cell> {
    let mut cells = Vec::new();
    for row in rows() {
        for side in &SIDES {
            for role in Role::ALL {
                let says = says(&row, role, side);
                cells.push(Cell { name: row.name, role, side: side.name, says });
            }
        }
    }
    cells
}

/// What the server says in every cell; what is hidden answers to the byte as what is not there.
async fn answered(app: &TestApp) -> Vec<Cell> {
    around::staffed(app).await;
    let (minimal, known) = (Minimal::new(), around::patient(app).await);
    let ids: Vec<(&str, &str)> = known.iter().map(|(part, id)| (*part, id.as_str())).collect();
    let mut cells = Vec::new();
    for row in rows() {
        let before = row.path.split("/{part}").next().and_then(|path| path.rsplit('/').next());
        let part = ids.iter().find(|(part, _)| Some(*part) == before).map(|(_, id)| ("part", *id));
        let there = address(&row, &[ids.as_slice(), part.as_slice()].concat());
        let ask = |role: Role, side: &Side, path: &str| {
            let ask = minimal.request(&app.as_(&worker(role, side)), &row, path);
            if row.method == "GET" { ask } else { ask.header("if-match", &format!("\"{NEVER}\"")) }
        };
        let mut nothing = BTreeMap::new();
        for role in Role::ALL {
            nothing.insert(role, seen(&ask(role, &SIDES[0], &address(&row, &[])).send().await));
        }
        for side in &SIDES {
            for role in Role::ALL {
                let answer = ask(role, side, &there).send().await;
                assert!(answer.status < 500, "{} as {role:?} {}: {}", row.name, side.name, answer.text());
                let says = match (answer.status, answer.code().as_str()) {
                    (403, "forbidden") => Says::Refused,
                    (404, "not_found") if seen(&answer) == nothing[&role] => Says::Hidden,
                    _ => Says::Open,
                };
                cells.push(Cell { name: row.name, role, side: side.name, says });
            }
        }
    }
    cells
}

/// The cells in which two tables differ.
fn differences(expected: &[Cell], answered: &[Cell]) -> Vec<String> {
    assert_eq!(expected.len(), answered.len());
    let pairs = expected.iter().zip(answered);
    pairs
        .filter(|(one, other)| one != other)
        .map(|(one, other)| {
            format!("{} as {:?} {}: {:?}, answered {:?}", one.name, one.role, one.side, one.says, other.says)
        })
        .collect()
}

/// What the worker ids of the demonstration begin with.
fn short(role: Role) -> &'static str {
    match role {
        Role::OutreachWorker => "ow",
        Role::SocialWorker => "sw",
        Role::TbClinician => "tb",
        Role::HivClinician => "hc",
        Role::Coordinator => "co",
        Role::Auditor => "au",
        Role::Administrator => "ad",
        Role::Integrator => "in",
    }
}

const HEAD: &str = "\
# How far it reaches

Every route that names a record of a patient, by what the worker's organisation is to it: who is answered. Outreach workers (ow), social
workers (sw), TB and HIV clinicians (tb, hc), coordinators (co), auditors (au), administrators (ad) and integrators (in) of an organisation
that answers for the case, once did, is offered the patient, or has no tie to them, in the same country or abroad. Whoever may use the function
elsewhere ([permissions](permissions.md)) finds nothing, to the byte as where there is nothing; to others the function is refused. Written from the
policy by `UPDATE_GOLDEN=1 tests/run every_route_reaches`, which asks a server in every cell.

";

/// The table as it is read.
fn table(cells: &[Cell]) -> String {
    let mut text = format!("{HEAD}| route |");
    for side in &SIDES {
        let _ = write!(text, " {} |", side.name);
    }
    text.push_str("\n|---|---|---|---|---|---|\n");
    for row in cells.chunks(SIDES.len() * Role::ALL.len()) {
        let _ = write!(text, "| `{}` |", row[0].name);
        for side in row.chunks(Role::ALL.len()) {
            let open = side.iter().filter(|cell| cell.says == Says::Open).map(|cell| short(cell.role));
            let open: Vec<_> = open.collect();
            let _ = write!(text, " {} |", if open.is_empty() { "–".to_owned() } else { open.join(" ") });
        }
        text.push('\n');
    }
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_reaches_as_far_as_the_policy_says_for_every_role_and_standing() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let (expected, answered) = (cells(expected), answered(&app).await);
    let differ = differences(&expected, &answered);
    assert!(differ.is_empty(), "{} of {}:\n{}", differ.len(), expected.len(), differ.join("\n"));
    let all: BTreeSet<_> = answered.iter().map(|cell| (cell.side, format!("{:?}", cell.says))).collect();
    assert_eq!(all.len(), 3 * SIDES.len(), "each of the three answers is met on each side");
    // The control: one cell that is wider or narrower than the policy is seen, and named.
    for (at, says) in [(0, Says::Refused), (expected.len() - 1, Says::Open)] {
        let mut other = answered.clone();
        other[at].says = says;
        let differ = differences(&expected, &other);
        assert!(differ.len() == 1 && differ[0].starts_with(expected[at].name), "{differ:?}");
    }
    let (path, written) = (Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reach.md"), table(&answered));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &written)?;
    }
    let there = fs::read_to_string(&path)?;
    assert!(
        there == written,
        "docs/reach.md is not what is answered: run UPDATE_GOLDEN=1 tests/run every_route_reaches"
    );
    Ok(())
}
