//! A log in a folder of its own, with read models beside it.

use std::{collections::HashMap, path::PathBuf, sync::Arc};

use anyhow::Result;
use jiff::Timestamp;
use safar_domain::{
    actor::{Actor, Role},
    ids::Country,
    stored::Metadata,
    time::Precision,
};
use safar_event_store::{
    Append, CommandKey, EventStore, NewEvent, Position, RecordedEvent, Revision, StoreOptions, StreamId,
    StreamWrite,
};
use safar_projections::ReadModels;
use tempfile::TempDir;
use uuid::Uuid;

use crate::history::{Happening, linked, varied, waiting};

pub(crate) struct Log {
    folder: TempDir,
    pub(crate) store: EventStore,
    revisions: HashMap<StreamId, Revision>,
    commands: u64,
}

impl Log {
    pub(crate) async fn empty() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let address = format!("sqlite:{}", folder.path().join("log.sqlite").display());
        let clock = Arc::new(|| Timestamp::constant(1_794_268_800, 0)); // 2026-11-10, before most days of the samples
        let store = EventStore::open(StoreOptions::new(address).clock(clock)).await?;
        Ok(Self { folder, store, revisions: HashMap::new(), commands: 0 })
    }

    /// With the history of a seed: forty cases, some hundred events, and some cases where somebody must act.
    pub(crate) async fn with_history(seed: u64) -> Result<Self> {
        let mut log = Self::empty().await?;
        log.record(&varied(seed, 40, 700)).await?;
        log.record(&linked(seed, 40)).await?;
        log.record(&waiting()).await?;
        Ok(log)
    }

    /// A path for read models beside the log.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Read models that have applied the whole log in pages of this size.
    pub(crate) async fn models(&self, name: &str, page: usize) -> Result<ReadModels> {
        let models = ReadModels::open(&self.path(name)).await?;
        self.catch_up(&models, page).await?;
        Ok(models)
    }

    pub(crate) async fn catch_up(&self, models: &ReadModels, page: usize) -> Result<()> {
        for events in self.events_after(models.position().await).await?.chunks(page) {
            models.apply(events).await?;
        }
        Ok(())
    }

    pub(crate) async fn events_after(&self, after: Position) -> Result<Vec<RecordedEvent>> {
        Ok(self.store.read_all(after, u32::MAX).await?)
    }

    /// Appends in this order within each stream, some events of several streams at a time.
    pub(crate) async fn record(&mut self, happenings: &[Happening]) -> Result<Position> {
        for together in happenings.chunks(13) {
            self.append(together).await?;
        }
        Ok(self.store.head().await?)
    }

    async fn append(&mut self, happenings: &[Happening]) -> Result<()> {
        self.commands += 1;
        let command = CommandKey { actor: "worker-1".to_owned(), id: Uuid::from_u64_pair(1, self.commands) };
        let mut writes: Vec<StreamWrite> = Vec::new();
        for happening in happenings {
            let revision = self.revisions.entry(happening.stream.clone()).or_default();
            match writes.iter_mut().find(|write| write.stream == happening.stream) {
                Some(write) => write.events.push(new_event(happening)),
                None => writes.push(StreamWrite {
                    stream: happening.stream.clone(),
                    expected: *revision,
                    events: vec![new_event(happening)],
                }),
            }
            *revision = revision.next();
        }
        self.store.append(Append { command, fingerprint: [7; 32], writes }).await?;
        Ok(())
    }
}

fn new_event(happening: &Happening) -> NewEvent {
    let metadata = Metadata {
        actor: Actor {
            worker: "sw-ngo-galaba".parse().expect("a well-formed id"),
            organisation: "ngo-galaba".parse().expect("a well-formed id"),
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
        metadata: serde_json::to_vec(&metadata).expect("metadata has a JSON form"),
    }
}
