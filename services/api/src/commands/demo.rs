//! `safar demo`: twelve journeys, lived through and then served.

use std::path::Path;

use actix_web::web::Data;
use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use safar_domain::actor::Role;

use super::{Failure, directory, rebuild::progress_bar, runtime, say, serve::serve_node};
use crate::{
    auth::{self, DevIssuer, Verifier},
    cli::{DemoArgs, Options},
    clock::Clock,
    config::Config,
    ids::Ids,
    journey::{Journey, Played, Stage, TWELVE, play},
    node::{Face, Node, url},
    telemetry,
};

/// The workers whose tokens the demonstration prints, one for each role that has something to see.
const SHOWN: [(&str, Role, &str); 5] = [
    ("sw-galaba", Role::SocialWorker, "opens cases and hands them over"),
    ("ow-sohibkor", Role::OutreachWorker, "records facts on the road"),
    ("tb-tj-national-2", Role::TbClinician, "accepts patients, confirms outcomes"),
    ("co-iom-dushanbe", Role::Coordinator, "reads the directory, never a case"),
    ("au-tj", Role::Auditor, "replays histories"),
];

pub(super) fn run(options: &Options, arguments: &DemoArgs) -> Result<(), Failure> {
    let folder = tempfile::Builder::new().prefix("safar-demo-").tempdir().map_err(Failure::failed)?;
    let mut options = options.clone();
    let data = options.data.get_or_insert_with(|| folder.path().to_owned()).clone();
    if data.join("log.sqlite").exists() {
        let what =
            "holds a log already; the demonstration begins in a fresh folder. Name another one with --data";
        return Err(Failure::Usage(format!("{} {what}", data.display())));
    }
    let config = Config::load(&options.sources(), true)?;
    auth::dev::allowed_on(config.server.listen).map_err(|error| Failure::Usage(error.to_string()))?;
    let guard = telemetry::start(&quiet(&config).telemetry, true).map_err(Failure::failed)?;
    let done = runtime()?.block_on(async {
        let played = play_twelve(&config).await.map_err(Failure::failed)?;
        if arguments.once {
            return Ok(());
        }
        let node = Node::open(&config, true, Clock::system()).await.map_err(Failure::failed)?;
        node.caught_up().await.map_err(Failure::failed)?;
        let ready = |address| introduce(&data, address, &played);
        serve_node(&config, true, node, guard.registry(), ready).await
    });
    drop(guard);
    done
}

/// Log lines would hide what the demonstration prints; warnings stay.
fn quiet(config: &Config) -> Config {
    let mut config = config.clone();
    if config.telemetry.log == Config::development().telemetry.log {
        "warn".clone_into(&mut config.telemetry.log);
    }
    config
}

/// Plays the twelve journeys, with a bar that says how far it has come.
async fn play_twelve(config: &Config) -> anyhow::Result<Vec<Played>> {
    let bar = progress_bar("steps");
    let parsed = TWELVE.iter().map(|(name, text)| Journey::parse(text).with_context(|| (*name).to_owned()));
    let journeys = parsed.collect::<Result<Vec<_>, _>>()?;
    let anchor = Clock::system().now() - SignedDuration::from_secs(2);
    let played = live_through(config, &journeys, anchor, |done, of| {
        bar.set_length(of as u64);
        bar.set_position(done as u64);
    })
    .await;
    bar.finish_and_clear();
    played
}

/// Lives through journeys on a clock of their own, with the reference directory and through the same face that serves
/// afterwards; the minute of `anchor` is the moment `D-0`. A step that comes out otherwise is a [`crate::journey::Mismatch`].
pub async fn live_through(
    config: &Config,
    journeys: &[Journey],
    anchor: Timestamp,
    progress: impl FnMut(usize, usize),
) -> anyhow::Result<Vec<Played>> {
    let anchor = Timestamp::from_second(anchor.as_second().div_euclid(60) * 60)?;
    let first = anchor - SignedDuration::from_hours(24 * 400);
    let (clock, hand) = Clock::settable(first);
    let node = Node::open_untimed(config, true, clock.clone()).await?;
    directory::describe_reference(&node).await?;
    let issuer = DevIssuer::open(&config.store.data_folder)?;
    let mut rules = config.auth.clone();
    rules.issuers.push(issuer.config());
    let verifier = Verifier::new(rules, auth::fetch_by_http()?, clock)?;
    let face = Face::new(node.app.clone(), Data::new(verifier), &unhurried(config)).service();
    let face = actix_web::test::init_service(face).await;
    let stage = Stage { app: &node.app, issuer: &issuer, hand: &hand, anchor };
    let played = play(journeys, &stage, &face, progress).await;
    node.close().await;
    Ok(played?)
}

/// Months in a second: nobody is asked to slow down.
fn unhurried(config: &Config) -> crate::config::Limits {
    let many = std::num::NonZeroU32::MAX;
    crate::config::Limits { burst: many, requests_per_second: many, ..config.limits.clone() }
}

/// Says where everything is and what to try.
fn introduce(data: &Path, address: std::net::SocketAddr, played: &[Played]) {
    let Ok(issuer) = DevIssuer::open(data) else { return };
    let now: Timestamp = Clock::system().now();
    let base = url(address);
    say(format!(
        "\nTwelve journeys are in the log. The interface is at {base}, its description at {base}/docs/\n"
    ));
    say("Tokens, good for 15 minutes; more by: safar token --as <worker>, with the --data below\n");
    for (worker, role, what) in SHOWN {
        let token = issuer.mint(worker, now, 900, Ids::new(Clock::system()).mint());
        say(format!("# {} {worker}: {what}\nexport {}='{token}'\n", role.code(), role.code().to_uppercase()));
    }
    let case = played.first().and_then(|kept| kept.get("case")).map_or("", String::as_str);
    say("To try in another terminal, after pasting the lines above:\n");
    say(format!("curl -s -H \"Authorization: Bearer $SOCIAL_WORKER\" {base}/v1/cases/{case}"));
    say(format!("curl -s -H \"Authorization: Bearer $TB_CLINICIAN\" {base}/v1/worklist"));
    say(format!("curl -s -H \"Authorization: Bearer $AUDITOR\" {base}/v1/cases/{case}/events"));
    say(format!("\nThe data is in {}. Ctrl-C ends the demonstration.", data.display()));
}
