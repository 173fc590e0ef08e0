//! The twelve journeys, played through the real face on both logs, and looked at from all sides afterwards.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use anyhow::{Context as _, Result};
use jiff::{SignedDuration, Timestamp};
use safar_api::{
    clock::Clock,
    commands::{findings, live_through},
    config::{Config, Secret},
    journey::{Expect, Journey, Mismatch, Step, TWELVE},
    node::{store_options, vault_as_it_is},
};
use safar_event_store::{EventStore, Position};
use safar_projections::rebuild_with;
use safar_tests::postgres::Postgres;
use tempfile::TempDir;

#[path = "read_models/dump.rs"]
#[expect(dead_code, reason = "the read models' own tests use the rest of it")]
mod dump;

/// The types of a case's events, by case.
type Timelines = BTreeMap<String, Vec<String>>;

/// A node's configuration in a folder of its own; with an address the log is in `PostgreSQL`.
struct Place {
    config: Config,
    folder: TempDir,
}

impl Place {
    fn new(postgres: Option<&str>) -> Result<Self> {
        let folder = TempDir::new()?;
        let mut config = Config::development();
        config.store.data_folder = folder.path().join("data");
        config.store.url = Secret::from(postgres.unwrap_or_default().to_owned());
        Ok(Self { config, folder })
    }

    /// Plays these journeys; `PostgreSQL` records by its own clock, so the last day lies an hour ahead of it, and what
    /// was recorded lies before what is asked.
    async fn play(&self, journeys: &[Journey]) -> Result<usize> {
        self.play_up_to(Clock::system().now() + SignedDuration::from_hours(1), journeys).await
    }

    async fn play_up_to(&self, anchor: Timestamp, journeys: &[Journey]) -> Result<usize> {
        let mut steps = 0;
        live_through(&self.config, journeys, anchor, |done, _| steps = done).await?;
        Ok(steps)
    }

    async fn log(&self) -> Result<EventStore> {
        Ok(EventStore::open(store_options(&self.config, true, None).migrate(false).read_only(true)).await?)
    }

    async fn timelines(&self) -> Result<Timelines> {
        let store = self.log().await?;
        let mut timelines = Timelines::new();
        let mut from = Position::START;
        loop {
            let page = store.read_all(from, 1_000).await?;
            let Some(last) = page.last() else { break };
            from = last.position;
            for event in page.into_iter().filter(|event| event.stream.category() == "case") {
                timelines.entry(event.stream.id().to_owned()).or_default().push(event.event_type);
            }
        }
        store.close().await;
        Ok(timelines)
    }

    fn read_models(&self) -> PathBuf {
        self.config.store.data_folder.join("read-models.sqlite")
    }
}

fn twelve() -> Result<Vec<Journey>> {
    let parsed = TWELVE.iter().map(|(_, text)| Journey::parse(text));
    Ok(parsed.collect::<Result<_, _>>()?)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_twelve_journeys_end_as_written_and_the_same_on_both_logs() -> Result<()> {
    let (journeys, embedded) = (twelve()?, Place::new(None)?);
    let steps: usize = journeys.iter().map(|journey| journey.steps.len()).sum();
    assert_eq!(embedded.play(&journeys).await?, steps);
    let timelines = embedded.timelines().await?;
    assert!(timelines.len() >= 12, "every journey has a case");

    let database = Postgres::shared()?.database().await?;
    let server = Place::new(Some(&database.owner_url))?;
    assert_eq!(server.play(&journeys).await?, steps);
    assert_eq!(server.timelines().await?, timelines);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_journeys_end_as_written_on_whatever_day_they_are_played() -> Result<()> {
    let journeys = twelve()?;
    for (moment, what) in [
        ("2028-03-01T18:59:59.9Z", "the last second of a day in Dushanbe, after a leap day"),
        ("2027-08-31T19:00:00Z", "the first second of a day in Dushanbe, after two months of 31 days"),
        ("2027-02-28T23:59:59Z", "the last second of a day in London, in the shortest month"),
    ] {
        Place::new(None)?.play_up_to(moment.parse()?, &journeys).await.context(what)?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_of_the_journeys_is_sound_and_its_read_models_can_be_rebuilt_to_the_letter() -> Result<()> {
    let place = Place::new(None)?;
    place.play(&twelve()?).await?;
    let store = place.log().await?;
    let vault = vault_as_it_is(&place.config).await?;
    let checked = findings(&store, &vault).await?;
    assert!(checked.events > 300 && checked.closed == 0 && checked.findings.is_empty(), "{checked:?}");

    let live = dump::dump(&place.read_models()).await?;
    let anew = place.folder.path().join("read-models.sqlite");
    rebuild_with(&store, &anew, &vault, |_, _| ()).await?;
    assert_eq!(dump::differences(&live, &dump::dump(&anew).await?), dump::NONE);
    store.close().await;
    Ok(())
}

/// The twelve, with one statement of the journey of this title turned into another.
fn changed(title: &str, change: impl Fn(&str) -> String) -> Result<(Vec<Journey>, usize)> {
    let mut journeys = twelve()?;
    let place = TWELVE.iter().position(|(name, _)| *name == title).expect("one of the twelve");
    let text = TWELVE[place].1;
    let other = change(text);
    let differs = |(_, (one, other)): &(usize, (&str, &str))| one != other;
    let line = (1..).zip(text.lines().zip(other.lines())).find(differs).expect("a changed line").0;
    journeys[place] = Journey::parse(&other)?;
    Ok((journeys, line))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_that_is_not_so_stops_the_play_at_its_journey_and_step() -> Result<()> {
    let (journeys, line) = changed("J2", |text| {
        text.replace("= /responsible/tb \"kz-tb-almaty\"", "= /responsible/tb \"tj-tb-dushanbe\"")
    })?;
    let error = Place::new(None)?.play(&journeys).await.expect_err("Dushanbe never saw her");
    let mismatch: Mismatch = error.downcast()?;
    let step = journeys[1].steps.iter().rfind(|step| step.line < line).expect("the step above the line");
    assert_eq!((mismatch.journey.as_str(), mismatch.line), ("J2 · Never arrived", step.line));
    assert_eq!(mismatch.what, "/responsible/tb should be \"tj-tb-dushanbe\", and is \"kz-tb-almaty\"");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_that_does_not_come_stops_the_play_at_its_journey_and_step() -> Result<()> {
    let (journeys, line) = changed("J8", |text| {
        text.replacen("\"on\": \"D-100\"}", "\"on\": \"D-100\" }", 1).replacen(
            "not_lost_yet",
            "not_caring",
            1,
        )
    })?;
    let error = Place::new(None)?.play(&journeys).await.expect_err("the rule has another name");
    let mismatch: Mismatch = error.downcast()?;
    assert_eq!((mismatch.journey.as_str(), mismatch.line), ("J8 · Lost, found, re-registered", line));
    assert!(mismatch.what.contains("not_lost_yet"), "{}", mismatch.what);
    Ok(())
}

/// Where a subscriber writes, for a test to read.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("nobody panics while writing")).into_owned()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("nobody panics while writing").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// One process, one subscriber: this test says nothing of lines that another test of the same process causes.
#[tokio::test]
async fn playing_gives_no_reason_to_warn() -> Result<()> {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::WARN)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    Place::new(None)?.play(&twelve()?).await?;
    assert_eq!(lines.text(), "");
    tracing::warn!("a warning is seen");
    assert!(lines.text().contains("a warning is seen"), "the subscriber hears nothing");
    Ok(())
}

#[test]
fn every_journey_ends_with_what_several_readers_see_and_a_stranger_does_not() -> Result<()> {
    for Journey { title, steps } in twelve()? {
        let last = || steps.iter().filter(|step| step.method == "GET" && step.day.minutes == 0);
        let stating = |step: &&Step| !step.says.is_empty();
        let readers: BTreeSet<_> = last().filter(stating).map(|step| step.worker.as_str()).collect();
        assert!(readers.len() >= 3, "{title}: {readers:?}");
        assert!(readers.iter().any(|worker| worker.starts_with("au-")), "{title}: no auditor");
        let hidden = Expect::Refusal(404, Some("not_found".to_owned()));
        assert!(last().any(|step| step.expect == hidden), "{title}: nobody without a tie asks");
    }
    Ok(())
}
