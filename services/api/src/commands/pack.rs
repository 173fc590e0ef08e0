//! `safar verify --pack`: an evidence pack, without a log, a server or a network.

use std::{io::Read as _, path::Path};

use safar_event_store::ledger::note::Verifier;

use super::{Failure, rebuild::progress_bar, say};
use crate::{
    cli::VerifyArgs,
    evidence::{LONGEST, Outcome, Verdict, check},
};

/// What a sound pack leaves open, whoever has made it.
const NOT_PROVED: [&str; 2] = [
    "that the case has no later event: only the whole log can show that",
    "that what was recorded is true, and when it happened: that is the worker's word",
];

pub(super) fn run(file: &Path, arguments: &VerifyArgs) -> Result<(), Failure> {
    let keys = arguments.verifier_key.iter().map(|key| {
        Verifier::parse(key).map_err(|error| Failure::Usage(format!("--verifier-key {key}: {error}")))
    });
    let keys = keys.collect::<Result<Vec<_>, _>>()?;
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(file);
    opened
        .and_then(|opened| opened.take(LONGEST as u64 + 1).read_to_end(&mut bytes))
        .map_err(|error| Failure::failed(format!("{}: {error}", file.display())))?;
    let bar = progress_bar("events");
    let verdict = check(&bytes, &keys, |done, of| {
        bar.set_length(of as u64);
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    if arguments.json {
        say(serde_json::to_string(&verdict).map_err(Failure::failed)?);
    } else {
        table(&verdict);
    }
    let Verdict { findings, events, .. } = &verdict;
    match (findings.len(), verdict.by_known_key) {
        (0, true) if verdict.pages_hold() => Ok(()),
        (0, true) => Err(Failure::Unvouched(
            "the events hold under the keys that you gave; the pages were not made by this version and prove nothing".to_owned(),
        )),
        (0, false) => Err(Failure::Unvouched(format!(
            "the {events} events hold together by the key in the pack alone, which anybody can make; give the log's by --verifier-key"
        ))),
        (found, _) => Err(Failure::failed(format!("the pack does not hold: {found} findings, named above"))),
    }
}

fn table(verdict: &Verdict) {
    for (check, outcome) in &verdict.checks {
        let word = match outcome {
            Outcome::Holds => "holds",
            Outcome::Fails => "FAILS",
            Outcome::Open => "open",
        };
        say(format!("{word:6} {}", check.sentence()));
        for finding in verdict.findings.iter().filter(|finding| finding.check == *check) {
            say(format!("       {} {}: {}", finding.code, finding.file, finding.said));
        }
    }
    for remark in &verdict.remarks {
        say(format!("note   {remark}"));
    }
    if verdict.is_sound() {
        for sentence in NOT_PROVED {
            say(format!("beyond {sentence}"));
        }
    }
}
