//! A log in a folder of its own, with read models beside it.

use std::{collections::HashMap, path::PathBuf};

use anyhow::Result;
use jiff::Timestamp;
use safar_domain::{
    actor::{Actor, Role},
    ids::Country,
    stored::Metadata,
    time::Precision,
};
use safar_event_store::{
    Append, CommandKey, EventStore, NewEvent, Position, RecordedEvent, Revision, StreamId, StreamWrite,
};
use safar_projections::ReadModels;
use tempfile::TempDir;
use uuid::Uuid;

use crate::history::{Dice, Happening, varied};

pub struct Log {
    folder: TempDir,
    pub store: EventStore,
    revisions: HashMap<StreamId, Revision>,
    commands: u64,
}

impl Log {
    pub async fn empty() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let store =
            EventStore::open(format!("sqlite:{}", folder.path().join("log.sqlite").display()).as_str())
                .await?;
        Ok(Self { folder, store, revisions: HashMap::new(), commands: 0 })
    }

    /// With the history of a seed: a dozen cases, some hundred events.
    pub async fn with_history(seed: u64) -> Result<Self> {
        let mut log = Self::empty().await?;
        log.record(&varied(seed, 12, 700)).await?;
        Ok(log)
    }

    /// A path for read models beside the log.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Read models that have applied the whole log in pages of this size.
    pub async fn models(&self, name: &str, page: usize) -> Result<ReadModels> {
        let models = ReadModels::open(&self.path(name)).await?;
        self.catch_up(&models, page).await?;
        Ok(models)
    }

    pub async fn catch_up(&self, models: &ReadModels, page: usize) -> Result<()> {
        for events in self.events_after(models.position().await).await?.chunks(page) {
            models.apply(events).await?;
        }
        Ok(())
    }

    pub async fn events_after(&self, after: Position) -> Result<Vec<RecordedEvent>> {
        Ok(self.store.read_all(after, u32::MAX).await?)
    }

    pub async fn record(&mut self, happenings: &[Happening]) -> Result<Position> {
        let mut last = self.store.head().await?;
        let mut dice = Dice::new(7);
        let mut rest = happenings;
        while let Some(first) = rest.first() {
            let most = 1 + dice.below(4);
            let together = rest.iter().take(most).take_while(|next| next.stream == first.stream).count();
            let (now, later) = rest.split_at(together);
            last = self.append(now).await?;
            rest = later;
        }
        Ok(last)
    }

    async fn append(&mut self, happenings: &[Happening]) -> Result<Position> {
        self.commands += 1;
        let stream = happenings[0].stream.clone();
        let revision = self.revisions.entry(stream.clone()).or_default();
        let events = happenings.iter().map(new_event).collect();
        let writes = vec![StreamWrite { stream, expected: *revision, events }];
        *revision = revision.plus(happenings.len() as u64);
        let command = CommandKey { actor: "worker-1".to_owned(), id: Uuid::from_u64_pair(1, self.commands) };
        Ok(self.store.append(Append { command, fingerprint: [7; 32], writes }).await?.last)
    }
}

fn new_event(happening: &Happening) -> NewEvent {
    let metadata = Metadata {
        actor: Actor {
            worker: "sw-ngo-galaba".parse().unwrap(),
            organisation: "ngo-galaba".parse().unwrap(),
            country: Country::TJ,
            role: Role::SocialWorker,
        },
        precision: Precision::Instant,
        offset_seconds: 18_000,
        correlation_id: Uuid::from_u128(8),
        causation_id: Uuid::from_u128(9),
    };
    NewEvent {
        event_id: Uuid::from_u128(7),
        event_type: happening.event_type.to_owned(),
        occurred_at: Timestamp::constant(1_795_348_800, 0),
        payload: happening.payload.clone().into_bytes(),
        metadata: serde_json::to_vec(&metadata).unwrap(),
    }
}
