//! `docs/permissions.md` is the policy's own table, for those who do not read Rust.

use std::{fmt::Write as _, fs};

use safar_domain::{
    actor::Role,
    case::standing::Standing,
    policy::{Action, Scope, permits},
};

use crate::repository::root;

const HEAD: &str = "\
# Who may do what

Written from the table of `domain/src/policy.rs` by `UPDATE_GOLDEN=1 tests/run permissions_are_written_down`; a test compares. A dot opens the
function to the role. How far it then reaches follows from what the worker's organisation is to the case (`domain/src/case/standing.rs`): *offered*, *former*,
*expecting*, *provisional*, *responsible*, each more than the one before; a reach names the least. **By name**: the worker was let into the record as well. **Minutes**:
how long ago the worker may have signed in. What is *hidden* looks to everybody else as if it were not there.
";

fn written() -> String {
    let mut text = format!("{HEAD}\n| function |");
    for role in Role::ALL {
        let _ = write!(text, " {} |", role.code().replace('_', " "));
    }
    text.push_str(" reach | by name | minutes | hidden |\n|---|");
    text.push_str(&":-:|".repeat(Role::ALL.len()));
    text.push_str("---|:-:|--:|:-:|\n");
    for action in Action::ALL {
        let _ = write!(text, "| `{}` |", action.code());
        for role in Role::ALL {
            text.push_str(if permits(role, action) { " • |" } else { " |" });
        }
        let minutes = action.signed_in_within().map(|within| within.as_mins().to_string());
        let mark = |yes: bool| if yes { "•" } else { "" };
        let (by_name, hidden) = (mark(action.by_name()), mark(action.hidden()));
        let _ =
            writeln!(text, " {} | {by_name} | {} | {hidden} |", reach(action), minutes.unwrap_or_default());
    }
    text
}

fn reach(action: Action) -> String {
    let least = |standing: Standing| format!("{standing:?}").to_lowercase();
    match action.scope() {
        // Lists and new things: what is in them is found by the organisation, not by an address.
        Scope::Open => "the own organisation's".to_owned(),
        Scope::AnyCase => "any case".to_owned(),
        Scope::Standing(standing) => least(standing),
        Scope::Settling(standing) => format!("{}; a coordinator in any case", least(standing)),
    }
}

#[test]
fn permissions_are_written_down() {
    let path = root().join("docs/permissions.md");
    let written = written();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &written).expect("the file can be written");
    }
    let there = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        there == written,
        "docs/permissions.md is not the policy's table: run UPDATE_GOLDEN=1 tests/run permissions_are_written_down"
    );
}
