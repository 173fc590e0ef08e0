//! The walk through one case in README.md, as a newcomer pastes it.

use std::{fs, process::Command};

use anyhow::{Context, Result, ensure};
use safar_tests::binary::{Installation, Running, program};
use serde_json::Value;

const README: &str = include_str!("../../../README.md");

/// The blocks of commands, in order, as one script.
fn walk() -> String {
    let mut blocks = README.split("```bash\n").skip(1).filter_map(|rest| rest.split_once("\n```"));
    let mut script = String::new();
    for (block, _) in &mut blocks {
        script.push_str(block);
        script.push('\n');
    }
    script
}

/// Replaces what has to be there, so that a README that says it otherwise is noticed.
fn replaced(script: &str, what: &str, by: &str) -> Result<String> {
    ensure!(script.contains(what), "the walk does not say {what}");
    Ok(script.replace(what, by))
}

struct Done {
    success: bool,
    printed: String,
    complaints: String,
}

/// Walks beside a demonstration that runs as the README says, but for its port and its folder.
fn run(script: &str, node: &Installation, demo: &Running) -> Result<Done> {
    let script = replaced(script, "target/release/safar", &program().display().to_string())?;
    let script = replaced(&script, "http://127.0.0.1:8080", &demo.address)?;
    let script = replaced(&script, "--data demo-data", &format!("--data {}", node.data().display()))?;
    let file = node.file("walk.sh");
    fs::write(&file, script)?;
    let output = Command::new("bash")
        .arg("-e")
        .arg(&file)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("NO_PROXY", "127.0.0.1")
        .output()
        .context("bash could not be started")?;
    Ok(Done {
        success: output.status.success(),
        printed: String::from_utf8(output.stdout)?,
        complaints: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// Who answers for support now, by what `responsibility` printed.
fn answers_for_support(said: &Value) -> Option<&str> {
    let spans = said["programmes"]["support"].as_array()?;
    spans.iter().find(|span| span["until"].is_null())?["organisation"].as_str()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_walk_through_one_case_does_what_the_readme_says() -> Result<()> {
    let node = Installation::new()?;
    let demo = node.start(&["demo"]).await?;
    let done = run(&walk(), &node, &demo)?;
    ensure!(done.success, "{}\n{}", done.printed, done.complaints);
    let said: Vec<Value> = done.printed.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();

    let responsible: Vec<_> = said.iter().filter_map(answers_for_support).collect();
    ensure!(
        responsible == ["ngo-galaba", "ngo-kz-shymkent"],
        "before and after the arrival: {responsible:?}"
    );
    let refused = said.iter().filter(|said| said["type"].is_string());
    let codes: Vec<_> = refused.filter_map(|said| said["code"].as_str()).collect();
    ensure!(codes == ["not_found", "diagnosis_not_confirmed"], "{codes:?}");
    for sentence in ["404: the TB centre of Almaty", "409: there is no positive specimen yet"] {
        ensure!(done.printed.lines().any(|line| line.starts_with(sentence)), "not printed: {sentence}");
    }

    let pages: Vec<&Vec<Value>> = said.iter().filter_map(|said| said["items"].as_array()).collect();
    let [inbox, disclosures, notices, timeline, events] = pages[..] else {
        anyhow::bail!("five pages are read, not {}", pages.len());
    };
    ensure!(disclosures.len() == 1 && disclosures[0]["organisation"] == "ngo-kz-shymkent", "{disclosures:?}");
    let told: Vec<_> = notices.iter().filter_map(|notice| notice["about"].as_str()).collect();
    ensure!(told.contains(&"patient_arrived"), "{told:?}");
    let packet = said.iter().find(|said| said["packet"].is_object()).context("the packet is read")?;
    ensure!(packet["identity"]["names"][0]["family"] == "Назаров", "{packet}");
    let card = said.iter().find(|said| said["expires_at"].is_string() && said["code"].is_string());
    ensure!(card.is_some(), "no claim code was given");
    ensure!(inbox.len() == 1 && inbox[0]["about"] == "handoff_offer", "{inbox:?}");
    let story: Vec<_> = timeline.iter().filter_map(|line| line["event"].as_str()).collect();
    let told = |event: &str| story.iter().position(|told| *told == event).context(event.to_owned());
    ensure!(told("case.opened.v1")? == 0, "{story:?}");
    ensure!(told("case.patient-arrived.v1")? < told("case.responsibility-moved.v1")?, "{story:?}");
    ensure!(
        told("case.responsibility-moved.v1")? < told("case.referral-attendance-recorded.v1")?,
        "{story:?}"
    );
    ensure!(events.len() == 3 && events[0]["payload"].is_object() && events[0]["leaf_hash"].is_string());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_walk_with_a_broken_line_fails() -> Result<()> {
    let breaks = [
        ("/accept\"", "/acept\""),
        ("\"identity_check\": \"document\"", "\"identity_check\": \"a glance\""),
        ("[\"identity\", \"contact\", \"tb\", \"support\"]", "[\"everything\"]"),
        ("get au-tj \"/v1/cases/$case/timeline", "get tb-kz-almaty-1 \"/v1/cases/$case/timeline"),
    ];
    let node = Installation::new()?;
    let demo = node.start(&["demo"]).await?;
    for (line, broken) in breaks {
        let done = run(&replaced(&walk(), line, broken)?, &node, &demo)?;
        ensure!(!done.success, "nobody noticed {broken}: {}", done.printed);
    }
    Ok(())
}
